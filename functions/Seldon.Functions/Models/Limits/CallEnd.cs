using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Limits;

/// <summary>What came of a call, as far as the number of calls in flight may be the reason. The zero value says nothing.</summary>
/// <param name="Fate">How it ended.</param>
/// <param name="Records">How many records it answered.</param>
/// <param name="Duration">How long it took.</param>
internal readonly record struct CallEnd(CallFate Fate, int Records, TimeSpan Duration)
{
    /// <param name="reply">The reply.</param>
    /// <param name="records">How many records the call was for.</param>
    /// <param name="duration">How long it took.</param>
    public static CallEnd Of(in Reply reply, int records, TimeSpan duration) => reply switch
    {
        { Fault: Fault.None } => new CallEnd(CallFate.Answered, records, duration),
        { Fault: Fault.NotSent } or { ConnectionLost: true } => default,
        { Reason: RejectionReason.ModelTimeout } => new CallEnd(CallFate.TimedOut, 0, duration),
        _ => new CallEnd(CallFate.Failed, 0, duration),
    };
}

/// <summary>How a call ended.</summary>
internal enum CallFate : byte
{
    /// <summary>There was no call, or its connection broke.</summary>
    None,

    /// <summary>With an answer.</summary>
    Answered,

    /// <summary>With a failure.</summary>
    Failed,

    /// <summary>Its deadline passed.</summary>
    TimedOut,
}
