using Grpc.Core;

namespace Seldon.Functions.Protocols;

/// <summary>Whose fault a status is, for all protocols; a protocol's own file holds the rows where it differs.</summary>
internal static class FaultTable
{
    /// <summary>The HTTP status of a request that is too large.</summary>
    public const string TooLarge = "413";

    public static Fault OfHttp(int status) => status switch
    {
        200 => Fault.None,
        // 431: the record's own headers are too large.
        400 or 413 or 415 or 422 or 431 => Fault.Record,
        408 or 409 or 425 or 429 or 503 => Fault.PushBack,
        401 or 403 or 404 or 405 or 501 => Fault.SetUp,
        // 500, 502, 504 come from bad records and from broken servers alike; what is not listed could be either, too.
        _ => Fault.Ambiguous,
    };

    public static Fault OfGrpc(Status status) => status.StatusCode switch
    {
        StatusCode.OK => Fault.None,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => Fault.Record,
        StatusCode.ResourceExhausted when SaysTooLarge(status.Detail) => Fault.Record,
        StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.Aborted => Fault.PushBack,
        StatusCode.NotFound or StatusCode.Unimplemented or StatusCode.Unauthenticated or StatusCode.PermissionDenied => Fault.SetUp,
        // INTERNAL and UNKNOWN come from bad records and from broken servers alike; CANCELLED and DEADLINE_EXCEEDED by the server, too.
        _ => Fault.Ambiguous,
    };

    /// <summary>Whether the server refuses the caller's credentials, not what is asked for.</summary>
    public static bool IsAboutCredentials(int status) => status is 401 or 403;

    /// <summary>Whether the server refuses the caller's credentials, not what is asked for.</summary>
    public static bool IsAboutCredentials(StatusCode status) => status is StatusCode.Unauthenticated or StatusCode.PermissionDenied;

    /// <summary>
    /// RESOURCE_EXHAUSTED is push-back, unless the text says that a message is larger than the receiver takes:
    /// "larger than max" in C++, Python and Go, "exceeds maximum size" in Java, "exceeds the maximum configured" in .NET.
    /// </summary>
    public static bool SaysTooLarge(string detail) =>
        detail.Contains("larger than max", StringComparison.OrdinalIgnoreCase)
        || detail.Contains("exceeds maximum size", StringComparison.OrdinalIgnoreCase)
        || detail.Contains("exceeds the maximum configured message size", StringComparison.OrdinalIgnoreCase);
}
