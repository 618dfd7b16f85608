using Seldon.Functions.Options;
using Seldon.Functions.Protocols.OpenInference;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Protocols.TensorFlow;

namespace Seldon.Functions.Protocols;

/// <summary>All protocols.</summary>
internal static class ProtocolTable
{
    /// <summary>Where Seldon's executor tells whether all of its graph is ready.</summary>
    public const string FrontDoorReadyPath = "/ready";

    /// <summary>The names by which settings choose a protocol; the first is the default.</summary>
    public static IReadOnlyList<string> Names { get; } = ["seldon", "tensorflow", "v2", "kfserving", "open-inference"];

    /// <summary>The protocols at a model server, one for each.</summary>
    public static IReadOnlyList<Protocol> All { get; } = [SeldonProtocol.Model, TensorFlowProtocol.Protocol, OpenInferenceProtocol.Protocol];

    /// <summary>Stands for a protocol that has still to be found out: what one of them allows is right.</summary>
    public static Protocol Open { get; } = SeldonProtocol.Model with
    {
        Name = string.Join(" or ", All.Select(p => p.Name)),
        IsVersion = _ => true,
        HasLabels = true,
        RestMethods = [.. All.SelectMany(p => p.RestMethods).DistinctBy(m => m.Name)],
        Methods = [.. All.SelectMany(p => p.Methods)],
    };

    /// <summary>The protocol of this name as it is spoken at this target.</summary>
    public static Protocol Of(string name, Target target) => (name, target) switch
    {
        ("seldon", Target.Model) => SeldonProtocol.Model,
        ("seldon", _) => SeldonProtocol.FrontDoor,
        ("tensorflow", _) => At(TensorFlowProtocol.Protocol, target),
        ("v2" or "kfserving" or "open-inference", _) => At(OpenInferenceProtocol.Protocol, target),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no protocol of this name."),
    };

    /// <summary>Why a record of a route with this protocol cannot be of this type, to follow the type's name.</summary>
    public static string WhyNot(Protocol protocol, ReadOnlySpan<byte> type)
    {
        var name = System.Text.Encoding.UTF8.GetString(type);
        if (protocol.RefusedTypes.Contains(name)) return "is no inference request, and is not forwarded";
        foreach (var other in All)
        {
            foreach (var method in other.Methods)
            {
                if (type.SequenceEqual(method.RequestType)) return $"is of the protocol {other.Name}, but the route's is {protocol.Name}";
            }
        }
        return $"names no inference request of the protocol {protocol.Name}";
    }

    /// <summary>The type that is meant, where only what producers put around a name, or its case, is wrong; null if there is none.</summary>
    public static string? Nearest(Protocol protocol, ReadOnlySpan<byte> type)
    {
        if (type.Length > 200) return null;
        var name = System.Text.Encoding.UTF8.GetString(type);
        var bare = name[(name.LastIndexOf('/') + 1)..].Trim().Trim('"').TrimStart('.');
        return protocol.Methods.Select(m => System.Text.Encoding.UTF8.GetString(m.RequestType)).FirstOrDefault(t => t.Equals(bare, StringComparison.OrdinalIgnoreCase));
    }

    // At the front door, requests go to the same paths as at a model server.
    private static Protocol At(Protocol protocol, Target target) => target == Target.Model
        ? protocol
        : protocol with { RestReadyPath = _ => FrontDoorReadyPath, IsReadyBody = _ => true, MayLackReadyPath = true };
}
