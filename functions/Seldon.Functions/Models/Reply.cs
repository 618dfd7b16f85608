using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models;

/// <summary>What came back from one call to a model server.</summary>
internal readonly struct Reply
{
    /// <summary>However long a server asks to be left alone, it is asked again after this.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);

    private Reply(Fault fault) => Fault = fault;

    public Fault Fault { get; }

    /// <summary>The answer's body, when there is no fault.</summary>
    public byte[] Body { get; private init; } = [];

    /// <summary>The answer's entity headers, when there is no fault.</summary>
    public IReadOnlyList<Header> EntityHeaders { get; private init; } = [];

    /// <summary>Why the record would be rejected, if it comes to that.</summary>
    public RejectionReason Reason { get; private init; }

    /// <summary>The status as the transport names it, such as <c>503</c> or <c>UNAVAILABLE</c>; empty if there was none.</summary>
    public string Status { get; private init; } = "";

    /// <summary>What happened, in our own words, to follow "the model server"; safe to be logged.</summary>
    public string What { get; private init; } = "";

    /// <summary>The first kilobyte of the server's own words. They may repeat the payload: for the dead letter, never for the log.</summary>
    public string Words { get; private init; } = "";

    /// <summary>How long the server asks to be left alone; a minute at most.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The connection broke under the call: other calls on it, or the whole server, may have shared its fate.</summary>
    public bool ConnectionLost { get; private init; }

    /// <summary>The request or its answer is larger than what one side takes.</summary>
    public bool IsTooLarge => Reason == RejectionReason.MessageTooLarge || Status == FaultTable.TooLarge;

    public static Reply Answer(byte[] body, IReadOnlyList<Header> entityHeaders) =>
        new(Fault.None) { Body = body, EntityHeaders = entityHeaders };

    public static Reply Of(Fault fault, string status, TimeSpan? retryAfter = null, string words = "") =>
        new(fault)
        {
            Words = words,
            Status = status,
            What = $"answered {status}",
            Reason = fault == Fault.Record ? RejectionReason.RefusedByModel : RejectionReason.ModelFailed,
            RetryAfter = retryAfter > LongestRetryAfter ? LongestRetryAfter : retryAfter,
        };

    public static Reply NothingSent(string why) =>
        new(Fault.NotSent) { Reason = RejectionReason.ModelFailed, What = $"cannot be reached ({why})" };

    public static Reply Lost(string why) =>
        new(Fault.Ambiguous) { Reason = RejectionReason.ConnectionLost, What = $"broke the connection ({why})", ConnectionLost = true };

    public static Reply TimedOut(TimeSpan deadline) =>
        new(Fault.Ambiguous) { Reason = RejectionReason.ModelTimeout, What = $"did not answer within {deadline.TotalSeconds:0.###} s" };

    /// <summary>The server passed a deadline of its own.</summary>
    public static Reply ServerTimedOut(string status, string words = "") =>
        new(Fault.Ambiguous) { Words = words, Reason = RejectionReason.ModelTimeout, Status = status, What = $"answered {status}" };

    public static Reply InvalidAnswer(string what, string status = "") =>
        new(Fault.Ambiguous) { Reason = RejectionReason.InvalidAnswer, What = $"sent {what}", Status = status };

    public static Reply TooLarge(string what, string status = "", string words = "") =>
        new(Fault.Record) { Words = words, Reason = RejectionReason.MessageTooLarge, What = what, Status = status };

    /// <summary>The server does not have what the record itself chose.</summary>
    public static Reply Chosen(RejectionReason reason, string what, string status, string words) =>
        new(Fault.Record) { Words = words, Reason = reason, Status = status, What = $"answered {status}: {what}" };
}
