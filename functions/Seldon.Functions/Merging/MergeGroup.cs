namespace Seldon.Functions.Merging;

/// <summary>
/// Records that first shared a call. If that fails, parts of them are sent again; what becomes of all of them in the end tells whether the records were
/// bad, or whether the model cannot take several at once.
/// </summary>
/// <param name="kind">What kind of requests theirs are.</param>
/// <param name="count">How many they are.</param>
/// <param name="isTrial">Whether merging is off for the kind, and this is to see whether it still must be.</param>
/// <param name="concluded">Called once, when everything has been decided.</param>
#pragma warning disable CA1001 // Without a timer or a wait handle there is nothing to dispose of, and the last record may leave late.
internal sealed class MergeGroup(RequestKind kind, int count, bool isTrial, Action<MergeGroup> concluded)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Lock _lock = new();
    private int _waiting = count;
    private int _undecided = count;

    public RequestKind Kind => kind;

    public bool IsTrial => isTrial;

    /// <summary>Cancelled when no record waits for the calls any more.</summary>
    public CancellationToken Abandoned => _abandoned.Token;

    /// <summary>How many calls with several of the records have failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether a call with several of them has succeeded.</summary>
    public bool HasShared { get; private set; }

    /// <summary>Whether every record has been answered, alone or with others.</summary>
    public bool AreAllAnswered { get; private set; } = true;

    /// <summary>A call with several of the records has failed.</summary>
    public void Failed()
    {
        lock (_lock) Failures++;
    }

    /// <summary>A call with several of the records has succeeded.</summary>
    public void Shared()
    {
        lock (_lock) HasShared = true;
    }

    /// <summary>A record that waits no longer calls on its own; <see cref="Decided"/> follows.</summary>
    public void WentAlone()
    {
        lock (_lock) _waiting--;
    }

    /// <summary>A record was cancelled while it waited.</summary>
    public void Left()
    {
        bool isLast;
        lock (_lock) isLast = --_waiting == 0;
        if (isLast) _abandoned.Cancel();
        End(isAnswered: false);
    }

    /// <summary>A record was answered by a call that it shared.</summary>
    public void Decided(bool isAnswered)
    {
        lock (_lock) _waiting--;
        End(isAnswered);
    }

    /// <summary>It is known what became of a record that called on its own, or that left.</summary>
    public void End(bool isAnswered)
    {
        lock (_lock)
        {
            AreAllAnswered &= isAnswered;
            if (--_undecided > 0) return;
        }
        concluded(this);
    }
}
