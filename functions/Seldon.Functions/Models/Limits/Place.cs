using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Limits;

/// <summary>A place in the queue for a call. It is left in one of three ways: its record enters, goes along in another record's call, or is cancelled.</summary>
internal class Place() : TaskCompletionSource<Answer?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _state;

    private enum State
    {
        Waiting, Entered, Taken, Cancelled,
    }

    /// <summary>Whether nothing has become of it yet.</summary>
    public bool IsWaiting => Volatile.Read(ref _state) == (int)State.Waiting;

    /// <summary>Whether its record may call now.</summary>
    public bool HasEntered => Volatile.Read(ref _state) == (int)State.Entered;

    /// <summary>Lets the record call; false if the place has been left.</summary>
    public bool TryEnter() => TryLeave(State.Entered) && TrySetResult(null);

    /// <summary>Takes the record along in another one's call, whose answer is then the task's result.</summary>
    public bool TryTake() => TryLeave(State.Taken);

    /// <summary>Waits until the record may call, or for what comes of the call that takes it along.</summary>
    public async ValueTask<Answer?> WaitAsync(CancellationToken cancellationToken)
    {
        var cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((Place)state!).Cancel(token), this);
        await using var _ = cancellation.ConfigureAwait(false);
        return await Task.ConfigureAwait(false);
    }

    private bool TryLeave(State to) => Interlocked.CompareExchange(ref _state, (int)to, (int)State.Waiting) == (int)State.Waiting;

    // Who has entered has a place to give back.
    private void Cancel(CancellationToken token)
    {
        if (TryLeave(State.Cancelled) || !HasEntered) TrySetCanceled(token);
    }
}
