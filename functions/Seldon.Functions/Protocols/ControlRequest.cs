using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Protocols;

/// <summary>
/// A request of the route that is known to be good, from the file that <c>MODEL_CONTROL_FILE</c> names: sent when all records that wait are
/// suspects, to see whether the endpoint works. JSON goes over REST, protobuf over gRPC.
/// </summary>
internal static class ControlRequest
{
    /// <summary>The largest file: the request stays in memory.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The transport that the request goes over.</summary>
    public static Transport TransportOf(byte[] file) => JsonText.Starts(file, "{"u8) ? Transport.Rest : Transport.Grpc;

    /// <summary>The record that carries the request; null if it is no request of the protocol.</summary>
    public static Record? ToRecord(byte[] file, Protocol protocol, ModelSelector model)
    {
        if (TransportOf(file) == Transport.Rest) return new Record("control", 0, 0, 0, null, file, []);
        var method = protocol.Methods.FirstOrDefault(m => m.Check(file, model) is { Problem: null, NamesOtherModel: false });
        return method is null ? null : new Record("control", 0, 0, 0, null, file, [new Header(HeaderNames.ProtoName, method.RequestType)]);
    }
}
