using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.SeldonDeployments.Manifests;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Makes the nodes of the graph from what the manifest says: methods, addresses, deadlines. What cannot run is a problem.</summary>
internal sealed class GraphResolver(
    SettingReader reader, Deployment deployment, ManifestNotes notes, Protocol protocol, Transport transport, PredictiveUnit root, TimeSpan? restTimeout, TimeSpan? grpcTimeout)
{
    /// <summary>What can be set for a single node.</summary>
    public static readonly string[] Settings = ["RestUrl", "GrpcUrl", "HostHeader", "Timeout"];

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private readonly ServerAddresses _addresses = new(reader, deployment, root);

    private bool IsRest => transport != Transport.Grpc;

    private bool IsGrpc => transport != Transport.Rest;

    public GraphNode Build() => Build(root);

    private GraphNode Build(PredictiveUnit unit)
    {
        var (methods, builtIn) = WithoutServer(unit);
        var own = $"Seldon:Nodes:{unit.Id}";
        var (rest, grpc) = ReadAddresses(unit, own, methods);
        var timeout = reader.Text($"{own}:Timeout") is null ? (TimeSpan?)null : reader.Duration($"{own}:Timeout", CallLimits.Default.Timeout, LongestTimeout);
        var isCalled = methods != NodeMethods.None;
        Check(unit, methods, builtIn);
        return new GraphNode
        {
            Name = unit.Id,
            Model = unit.Id == unit.Name ? null : unit.Name,
            Methods = methods,
            BuiltIn = builtIn,
            RatioA = unit.RatioA,
            Children = [.. unit.Children.Select(Build)],
            RestUrl = rest,
            GrpcUrl = grpc,
            HostHeader = AddressSettings.Host(reader, $"{own}:HostHeader"),
            RestTimeout = isCalled && IsRest ? timeout ?? restTimeout : null,
            GrpcTimeout = isCalled && IsGrpc ? timeout ?? grpcTimeout : null,
        };
    }

    /// <summary>What the implementation does by itself, its server is not asked for.</summary>
    private (NodeMethods Methods, BuiltIn BuiltIn) WithoutServer(PredictiveUnit unit)
    {
        switch (unit.Implementation)
        {
            case PredictiveUnit.SimpleModel:
                return (unit.Methods & ~NodeMethods.Predict, BuiltIn.SimpleModel);
            case PredictiveUnit.SimpleRouter:
                return (unit.Methods & ~NodeMethods.Route, BuiltIn.SimpleRouter);
            case PredictiveUnit.RandomAbTest when unit.Methods.HasFlag(NodeMethods.Route) && _addresses.HasServer(unit):
                notes.HasNoEffect(unit.Line, $"implementation {PredictiveUnit.RandomAbTest} of the node '{unit.Name}'", "its own server is asked for the route, as in v1");
                return (unit.Methods, BuiltIn.None);
            case PredictiveUnit.RandomAbTest:
                return (unit.Methods & ~NodeMethods.Route, BuiltIn.RandomAbTest);
            default:
                return (unit.Methods, BuiltIn.None);
        }
    }

    private (Uri? RestUrl, Uri? GrpcUrl) ReadAddresses(PredictiveUnit unit, string own, NodeMethods methods)
    {
        var (rest, grpc) = (AddressSettings.Rest(reader, $"{own}:RestUrl"), AddressSettings.Grpc(reader, $"{own}:GrpcUrl"));
        if (rest is not null && !IsRest) reader.Warn($"{own}:RestUrl has no effect: the transport is gRPC.");
        if (grpc is not null && !IsGrpc) reader.Warn($"{own}:GrpcUrl has no effect: the transport is REST.");
        if (methods == NodeMethods.None) return (null, null);
        var (restPort, grpcPort) = _addresses.PortsOf(unit);
        return (
            IsRest ? rest ?? Find(unit, restPort, "httpPort", $"{own}:RestUrl") : null,
            IsGrpc ? grpc ?? Find(unit, grpcPort, "grpcPort", $"{own}:GrpcUrl") : null);
    }

    private Uri? Find(PredictiveUnit unit, int? port, string key, string setting)
    {
        // A wrong setting was named already.
        if (reader.Text(setting) is not null) return null;
        var host = _addresses.HostOf(unit);
        if (port is null)
            notes.Problem(unit.Line, $"the node '{unit.Name}' must be called, but has no container and no endpoint with {key}", $"add one of them, or set {setting}");
        else if (host is null)
            notes.Problem(unit.Line, $"the node '{unit.Name}' must be called, but has no container, and its endpoint has no service_host", $"add one of them, or set MODEL_HOST or {setting}");
        else
            return new UriBuilder(Uri.UriSchemeHttp, host, port.Value).Uri;
        return null;
    }

    private void Check(PredictiveUnit unit, NodeMethods methods, BuiltIn builtIn)
    {
        var what = $"the node '{unit.Name}'";
        var children = unit.Children.Count;
        var isServedRouter = methods.HasFlag(NodeMethods.Route);
        if (methods == NodeMethods.None && builtIn == BuiltIn.None && unit.Implementation != PredictiveUnit.AverageCombiner)
            notes.Problem(unit.Line, $"{what} has neither a type nor methods that a record could be sent to", "give it a type, such as MODEL, or methods");
        if (builtIn == BuiltIn.RandomAbTest && children != 2)
            notes.Problem(unit.Line, $"{what} is a {PredictiveUnit.RandomAbTest} and has {Count(children)}", "give it two");
        else if ((isServedRouter || builtIn == BuiltIn.SimpleRouter) && children == 0)
            notes.Problem(unit.Line, $"{what} routes, but has no children", "give it those that it chooses from");
        if (methods.HasFlag(NodeMethods.Aggregate) && children == 0)
            notes.Problem(unit.Line, $"{what} combines, but has no children", "give it those whose answers it combines");
        if (!protocol.HasSimpleModel && builtIn == BuiltIn.SimpleModel)
            notes.Problem(unit.Line, $"{what} is a {PredictiveUnit.SimpleModel}, but the protocol is {protocol.Name}", "use the protocol seldon: only that one defines its answer");
        if (unit.Implementation is { } server && protocol.NotSpokenBy.Contains(server))
            notes.Problem(unit.Line, $"{what} is served by {unit.Implementation}, which does not speak {protocol.Name}", "use the protocol seldon or v2, as in v1");
        if (IsGrpc && (LacksMethod(NodeMethods.Route) || LacksMethod(NodeMethods.Aggregate)))
            notes.Problem(unit.Line, $"{what} {(isServedRouter ? "routes" : "combines")}, which the protocol {protocol.Name} has no gRPC method for", $"use REST{(transport == Transport.Auto ? " alone, by SELDON_TRANSPORT=rest" : "")}, or the protocol seldon");

        bool LacksMethod(NodeMethods asked) => methods.HasFlag(asked) && protocol.MethodsOfNode(asked).Count == 0;
    }

    private static string Count(int children) => children switch { 0 => "no children", 1 => "one child", _ => $"{children} children" };
}
