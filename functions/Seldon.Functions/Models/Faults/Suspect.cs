using Seldon.Functions.Models.Limits;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Faults;

/// <summary>A record that an endpoint has failed at least once, and what is known of its attempts.</summary>
/// <param name="record">The record.</param>
/// <param name="firstCall">The number of the call that failed first.</param>
/// <param name="firstFailedAt">When that was.</param>
/// <param name="before">What the endpoint had done by then.</param>
internal sealed class Suspect(Record record, long firstCall, long firstFailedAt, Tally before)
{
    private long _lastCounted;
    private bool _lostAShared;

    public Record Record => record;

    /// <summary>When the record failed first.</summary>
    public long FirstFailedAt => firstFailedAt;

    /// <summary>What the endpoint had done by then.</summary>
    public Tally Before => before;

    /// <summary>The attempts that reached the server and failed.</summary>
    public int Attempts { get; private set; }

    /// <summary>Those of them after which the endpoint was ready: all, and all but the pushed back.</summary>
    public (int All, int Hard) WhileReady { get; private set; }

    /// <summary>Those of these that speak against the record: between each and the one before it, the endpoint answered somebody else.</summary>
    public (int All, int Hard) Counted { get; private set; }

    /// <summary>How often the endpoint was no longer ready after an attempt, although it had answered somebody since the one before.</summary>
    public int Crashes { get; private set; }

    /// <summary>The endpoint was not ready at some time during the last attempt, or after it: that explains the failure.</summary>
    public bool IsExplained { get; private set; }

    /// <summary>
    /// The last attempt met an endpoint that worked: it had just answered another, or was ready after an earlier attempt. After a quiet time it
    /// may have been loading, and be ready only now.
    /// </summary>
    public bool FoundItWorking { get; private set; }

    /// <summary>Whether an attempt was pushed back.</summary>
    public bool WasPushedBack => PushBacks > 0;

    /// <summary>What the endpoint's limit said when the last attempt was pushed back.</summary>
    public LimitMark LimitThen { get; private set; }

    /// <summary>The last attempt's connection broke: the next goes alone over one of its own.</summary>
    public bool BreaksConnections { get; private set; }

    /// <summary>The next attempt is to be the only call in flight.</summary>
    public bool GoesAlone { get; set; }

    /// <summary>The last attempt was the only call in flight.</summary>
    public bool WentAlone { get; private set; }

    /// <summary>When the log last named the record; null if it never did.</summary>
    public long? NamedAt { get; set; }

    /// <summary>The connection to take: the next one for each attempt.</summary>
    public long NextConnection => firstCall + Attempts;

    /// <summary>What the record's attempts say of the endpoint once it is answered.</summary>
    public Tally Answered => new(1 + Failures + PushBacks, Failures, PushBacks, Outages);

    private int Failures { get; set; }

    private int PushBacks { get; set; }

    private int Outages { get; set; }

    /// <summary>An attempt failed.</summary>
    /// <param name="reply">How.</param>
    /// <param name="isExplained">The endpoint was not ready at some time since the attempt began.</param>
    /// <param name="afterQuiet">The endpoint had not been seen to work for a while when the attempt began.</param>
    /// <param name="evidence">What it has done for others.</param>
    /// <param name="limitThen">What its limit said then.</param>
    public void Failed(in Reply reply, bool isExplained, bool afterQuiet, Evidence evidence, LimitMark limitThen)
    {
        if (reply.Fault == Fault.NotSent) return;
        Attempts++;
        var isNew = Counted.All + Crashes == 0 || evidence.HasAnsweredSince(_lastCounted);
        (WentAlone, GoesAlone) = (GoesAlone, false);
        var sharedItsFate = reply.ConnectionLost && !BreaksConnections;
        BreaksConnections = reply.ConnectionLost;
        IsExplained = isExplained;
        if (isExplained)
        {
            // Unless it is this record that brings the server down each time.
            if (reply.Fault != Fault.Ambiguous) return;
            Outages++;
            if (isNew) (Crashes, _lastCounted) = (Crashes + 1, evidence.LastCall);
            return;
        }
        FoundItWorking = !afterQuiet || WhileReady.All > 0;
        var hard = reply.Fault == Fault.PushBack ? 0 : 1;
        WhileReady = (WhileReady.All + 1, WhileReady.Hard + hard);
        if (isNew) (Counted, _lastCounted) = ((Counted.All + 1, Counted.Hard + hard), evidence.LastCall);
        if (reply.Fault == Fault.PushBack) (PushBacks, LimitThen) = (PushBacks + 1, limitThen);
        // On a connection that others use it may have been their fault, once.
        else if (sharedItsFate && !_lostAShared) _lostAShared = true;
        else Failures++;
    }

    /// <summary>Whether the endpoint has answered somebody since the last attempt that counts.</summary>
    public bool HasWitness(Evidence evidence) => evidence.HasAnsweredSince(_lastCounted);
}
