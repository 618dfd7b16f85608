using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>One way in which a call can fail: a row of the table "Whose fault".</summary>
/// <param name="Reaction">What the server does.</param>
/// <param name="Reason">Why the record is rejected, if it comes to that.</param>
/// <param name="Status">The status that the rejection names; empty where the server gives none.</param>
internal sealed record Failure(Reaction Reaction, RejectionReason Reason, string Status)
{
    private const int Ok = 0;
    private static readonly string Html = "<html><body>It works!</body></html>";

    /// <summary>The record is wrong: dead letter, no retry.</summary>
    public static readonly IReadOnlyDictionary<string, Failure> OfRecord = new Dictionary<string, Failure>
    {
        ["REST 400"] = Rest(400),
        ["REST 413"] = Rest(413),
        ["REST 415"] = Rest(415),
        ["REST 422"] = Rest(422),
        ["gRPC INVALID_ARGUMENT"] = Grpc(3, "INVALID_ARGUMENT"),
        ["gRPC FAILED_PRECONDITION"] = Grpc(9, "FAILED_PRECONDITION"),
        ["gRPC OUT_OF_RANGE"] = Grpc(11, "OUT_OF_RANGE"),
        ["gRPC RESOURCE_EXHAUSTED larger than max (C++, Python)"] = TooLarge("Received message larger than max (5000000 vs. 4194304)"),
        ["gRPC RESOURCE_EXHAUSTED larger than max (Go)"] = TooLarge("grpc: received message larger than max (5000000 vs. 4194304)"),
        ["gRPC RESOURCE_EXHAUSTED exceeds maximum size (Java)"] = TooLarge("gRPC message exceeds maximum size 4194304: 5000000"),
        ["gRPC RESOURCE_EXHAUSTED exceeds the maximum configured (.NET)"] = TooLarge("Received message exceeds the maximum configured message size."),
    };

    /// <summary>The server is out: hold.</summary>
    public static readonly IReadOnlyDictionary<string, Failure> OfServer = new Dictionary<string, Failure>
    {
        ["REST 408"] = Rest(408),
        ["REST 409 (ABORTED of TensorFlow)"] = Rest(409),
        ["REST 425"] = Rest(425),
        ["REST 429"] = Rest(429),
        ["REST 503"] = Rest(503),
        ["gRPC UNAVAILABLE"] = Grpc(14, "UNAVAILABLE"),
        ["gRPC RESOURCE_EXHAUSTED"] = Grpc(8, "RESOURCE_EXHAUSTED"),
        ["gRPC ABORTED"] = Grpc(10, "ABORTED"),
        ["gRPC stream REFUSED_STREAM"] = new(Reactions.Reset(7), default, ""),
        ["gRPC behind a proxy that answers 503"] = new(Reactions.Http(503, Html, "text/html"), default, ""),
    };

    /// <summary>The set-up is wrong: hold, and say so as an error.</summary>
    public static readonly IReadOnlyDictionary<string, Failure> OfSetUp = new Dictionary<string, Failure>
    {
        ["REST 401"] = Rest(401),
        ["REST 403"] = Rest(403),
        ["REST 404"] = Rest(404),
        ["REST 405"] = Rest(405),
        ["REST 501"] = Rest(501),
        ["gRPC NOT_FOUND"] = Grpc(5, "NOT_FOUND"),
        ["gRPC UNIMPLEMENTED"] = Grpc(12, "UNIMPLEMENTED"),
        ["gRPC UNAUTHENTICATED"] = Grpc(16, "UNAUTHENTICATED"),
        ["gRPC PERMISSION_DENIED"] = Grpc(7, "PERMISSION_DENIED"),
    };

    /// <summary>It could be either: three attempts, and then only with proof.</summary>
    public static readonly IReadOnlyDictionary<string, Failure> OfEither = new Dictionary<string, Failure>
    {
        ["REST 500"] = Rest(500, RejectionReason.ModelFailed),
        ["REST 502"] = Rest(502, RejectionReason.ModelFailed),
        ["REST 504"] = Rest(504, RejectionReason.ModelFailed),
        ["REST 499 (CANCELLED of TensorFlow)"] = Rest(499, RejectionReason.ModelFailed),
        ["REST 302"] = Rest(302, RejectionReason.ModelFailed),
        ["REST connection lost"] = new(Reactions.Abort, RejectionReason.ConnectionLost, ""),
        ["REST 200 with HTML"] = new(Reactions.Http(200, Html, "text/html"), RejectionReason.InvalidAnswer, ""),
        ["REST 200 without a body"] = new(Reactions.Http(200, ""), RejectionReason.InvalidAnswer, ""),
        ["REST 200 with a JSON array"] = new(Reactions.Http(200, "[1,2]"), RejectionReason.InvalidAnswer, ""),
        ["gRPC INTERNAL"] = Grpc(13, "INTERNAL", RejectionReason.ModelFailed),
        ["gRPC UNKNOWN"] = Grpc(2, "UNKNOWN", RejectionReason.ModelFailed),
        ["gRPC CANCELLED"] = Grpc(1, "CANCELLED", RejectionReason.ModelFailed),
        ["gRPC DATA_LOSS"] = Grpc(15, "DATA_LOSS", RejectionReason.ModelFailed),
        ["gRPC connection lost"] = new(Reactions.Abort, RejectionReason.ConnectionLost, ""),
        ["gRPC stream reset INTERNAL_ERROR"] = new(Reactions.Reset(2), RejectionReason.ConnectionLost, ""),
        ["gRPC stream reset CANCEL"] = new(Reactions.Reset(8), RejectionReason.ConnectionLost, ""),
        ["gRPC OK with bytes of no message"] = new(Reactions.Frame([0xff, 0xff, 0xff]), RejectionReason.InvalidAnswer, ""),
        ["gRPC OK with an empty message"] = new(Reactions.Frame([]), RejectionReason.InvalidAnswer, ""),
        ["gRPC OK without a message"] = new(Reactions.Grpc(Ok), RejectionReason.InvalidAnswer, ""),
        ["gRPC OK with half a frame"] = new(Reactions.Raw([0, 0, 0, 0, 9, 1, 2]), RejectionReason.InvalidAnswer, ""),
        ["gRPC OK with two messages"] = new(Reactions.Raw([0, 0, 0, 0, 2, 18, 0, 0, 0, 0, 0, 2, 18, 0]), RejectionReason.InvalidAnswer, ""),
        ["gRPC 200 with HTML"] = new(Reactions.Http(200, Html, "text/html"), RejectionReason.InvalidAnswer, ""),
    };

    public static TheoryData<string> Names(IReadOnlyDictionary<string, Failure> rows) => [.. rows.Keys];

    /// <summary>The transport of a row, by its name.</summary>
    public static Transport TransportOf(string row) => row.StartsWith("REST", StringComparison.Ordinal) ? Transport.Rest : Transport.Grpc;

    // The server's text says what no line and no dead letter may repeat.
    private static Failure Rest(int status, RejectionReason reason = RejectionReason.RefusedByModel) =>
        new(Reactions.Http(status, Encoding.UTF8.GetBytes("""{"error":"secret payload"}"""), "application/json"), reason, $"{status}");

    private static Failure Grpc(int status, string name, RejectionReason reason = RejectionReason.RefusedByModel) =>
        new(Reactions.Grpc(status, "secret payload"), reason, name);

    private static Failure TooLarge(string detail) => new(Reactions.Grpc(8, detail), RejectionReason.MessageTooLarge, "RESOURCE_EXHAUSTED");
}
