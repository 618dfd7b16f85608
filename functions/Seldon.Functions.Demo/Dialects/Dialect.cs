using System.Globalization;
using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>A protocol over one of its two transports, as the demo writes requests in it.</summary>
internal sealed class Dialect
{
    /// <summary>The protocol's name, as settings write it.</summary>
    public required string Protocol { get; init; }

    /// <summary>REST or gRPC.</summary>
    public required Transport Transport { get; init; }

    /// <summary>The ways to write a request for one flower of these features, which are taken in turn: the value, and the header that says what it is.</summary>
    public required IReadOnlyList<Func<float[], (byte[] Value, Header Type)>> Requests { get; init; }

    /// <summary>The ways to be bad, in the order in which the demo takes them.</summary>
    public required IReadOnlyList<BadRecord> BadRecords { get; init; }

    /// <summary>The header of REST requests.</summary>
    public static Header JsonType { get; } = HeaderNames.Text(HeaderNames.ContentType, "application/json");

    /// <summary>The transport as settings write it.</summary>
    public string TransportName => NameOf(Transport);

    public static string NameOf(Transport transport) => transport switch { Transport.Rest => "rest", Transport.Grpc => "grpc", _ => "auto" };

    /// <summary>The header of gRPC requests.</summary>
    public static Header MessageType(string name) => HeaderNames.Text(HeaderNames.ProtoName, name);

    /// <summary>A REST request, some JSON in which <c>$</c> stands for the features.</summary>
    public static (byte[] Value, Header Type) Json(string template, float[] features)
    {
        var numbers = string.Join(',', features.Select(feature => feature.ToString(CultureInfo.InvariantCulture)));
        return (Encoding.UTF8.GetBytes(template.Replace("$", numbers, StringComparison.Ordinal)), JsonType);
    }
}
