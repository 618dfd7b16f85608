using Grpc.Core;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Grpc;

/// <summary>What a call that failed says of the record, the server and the connection.</summary>
internal static class GrpcFailures
{
    public const string NoMessage = "an answer that is no message of the protocol";

    public static Reply ToReply(RpcException failure, string words, OwnChoices own)
    {
        var (code, status) = (failure.StatusCode, ToText(failure.StatusCode));
        if (code == StatusCode.DeadlineExceeded) return Reply.ServerTimedOut(status, words);
        if (IsNoAnswer(failure.Status)) return Reply.InvalidAnswer(NoMessage);
        if (failure.Status.DebugException is { } cause) return TransportFailure.ToReply(cause);
        var fault = FaultTable.OfGrpc(failure.Status);
        return fault switch
        {
            Fault.Record when code == StatusCode.ResourceExhausted => Reply.TooLarge("or this client refused a message that is larger than its limit", status, words),
            Fault.SetUp => OfChoice(code, own) is var (reason, what) ? Reply.Chosen(reason, what, status, words) : Reply.Of(fault, status, words: words),
            _ => Reply.Of(fault, status, words: words),
        };
    }

    /// <summary>Which choice of the record's the server does not honour; null if it is the route that it does not honour.</summary>
    private static (RejectionReason Reason, string What)? OfChoice(StatusCode code, OwnChoices own) => code switch
    {
        StatusCode.NotFound when own.Model => (RejectionReason.UnknownModel, "it does not have the model that the record names"),
        StatusCode.Unimplemented when own.Method => (RejectionReason.UnknownMethod, "it does not have the method of the type that the record names"),
        _ when FaultTable.IsAboutCredentials(code) && own.Authorization => (RejectionReason.RefusedByModel, "it refuses the authorization that the record carries"),
        StatusCode.PermissionDenied when own.Model => (RejectionReason.RefusedByModel, "it refuses the model that the record names"),
        _ => null,
    };

    /// <summary>The status in the field's spelling: <c>INVALID_ARGUMENT</c>.</summary>
    public static string ToText(StatusCode status) =>
        string.Concat(status.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    /// <summary>What the client itself says when an OK comes without a whole message, or not from a gRPC server at all.</summary>
    private static bool IsNoAnswer(in Status status) =>
        status.DebugException is InvalidDataException
        || (status.StatusCode == StatusCode.Internal && status.Detail.StartsWith("Failed to deserialize response message", StringComparison.Ordinal))
        || (status.StatusCode == StatusCode.Cancelled && status.Detail.StartsWith("Bad gRPC response. Invalid content-type", StringComparison.Ordinal));
}

/// <summary>What a record chooses for itself, other than its route does.</summary>
/// <param name="Model">The model, its version or its label.</param>
/// <param name="Method">The method, by the type of its message.</param>
/// <param name="Authorization">The credentials of its call.</param>
internal readonly record struct OwnChoices(bool Model, bool Method, bool Authorization);
