using Grpc.Core;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Grpc;

/// <summary>What a call that failed says of the record, the server and the connection.</summary>
internal static class GrpcFailures
{
    public const string NoMessage = "an answer that is no message of the protocol";

    public static Reply ToReply(RpcException failure, Protocol protocol, ModelRequest request)
    {
        var status = ToText(failure.StatusCode);
        if (failure.StatusCode == StatusCode.DeadlineExceeded) return Reply.ServerTimedOut(status);
        if (IsNoAnswer(failure.Status)) return Reply.InvalidAnswer(NoMessage);
        if (failure.Status.DebugException is { } cause) return TransportFailure.ToReply(cause);
        if (failure.StatusCode == StatusCode.NotFound && request.NamesOtherModel) return Reply.UnknownModel(status);
        var fault = protocol.FaultOfGrpc(failure.Status);
        return fault == Fault.Record && failure.StatusCode == StatusCode.ResourceExhausted
            ? Reply.TooLarge("or this client refused a message that is larger than its limit", status)
            : Reply.Of(fault, status);
    }

    /// <summary>The status in the field's spelling: <c>INVALID_ARGUMENT</c>.</summary>
    public static string ToText(StatusCode status) =>
        string.Concat(status.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    /// <summary>What the client itself says when an OK comes without a whole message, or not from a gRPC server at all.</summary>
    private static bool IsNoAnswer(in Status status) =>
        status.DebugException is InvalidDataException
        || (status.StatusCode == StatusCode.Internal && status.Detail.StartsWith("Failed to deserialize response message", StringComparison.Ordinal))
        || (status.StatusCode == StatusCode.Cancelled && status.Detail.StartsWith("Bad gRPC response. Invalid content-type", StringComparison.Ordinal));
}
