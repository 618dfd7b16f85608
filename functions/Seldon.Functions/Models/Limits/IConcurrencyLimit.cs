namespace Seldon.Functions.Models.Limits;

/// <summary>
/// Decides how many calls may be in flight, by what becomes of them. It holds no calls and reads no clock: <see cref="CallLimit"/> tells it what
/// happens, one event at a time, with the time since the limit was made.
/// </summary>
internal interface IConcurrencyLimit
{
    /// <summary>The most calls in flight now.</summary>
    int Limit { get; }

    /// <summary>The limit that is kept, without one that is only being tried.</summary>
    int Kept { get; }

    /// <summary>A call begins, and no other is in flight.</summary>
    void Resumed(TimeSpan now);

    /// <summary>A call has ended.</summary>
    /// <param name="now">When.</param>
    /// <param name="end">What came of it.</param>
    /// <param name="inFlight">How many others are in flight.</param>
    /// <param name="isWaitedFor">Whether a record waits for the place.</param>
    void Ended(TimeSpan now, in CallEnd end, int inFlight, bool isWaitedFor);

    /// <summary>The server pushed the call back that has just ended. Returns what <see cref="Lower"/> needs, should its record be answered later.</summary>
    LimitMark PushedBack(TimeSpan now, int inFlight);

    /// <summary>A record was answered that had been pushed back: it was the number of calls, not the record.</summary>
    void Lower(TimeSpan now, LimitMark then);

    /// <summary>Records wait, and this is said every second or so: a call may be stuck.</summary>
    void StillWaiting(TimeSpan now);
}

/// <summary>A limit when it was too high.</summary>
/// <param name="InFlight">The calls in flight, with the one that was pushed back.</param>
/// <param name="Change">Tells this limit from those before and after it.</param>
internal readonly record struct LimitMark(int InFlight, long Change);
