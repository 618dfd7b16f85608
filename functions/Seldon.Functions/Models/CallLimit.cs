namespace Seldon.Functions.Models;

/// <summary>
/// How many calls an endpoint may have in flight. It starts at the most that is set and falls when the server pushes back for having too much
/// to do: a record that was pushed back and answered later shows that it was the number of calls, not the record. Then the limit falls to as
/// many calls as were answered, and is raised again by steps. A step that brings push-back is taken back, and the next one waits twice as long.
/// </summary>
internal sealed class CallLimit
{
    /// <summary>For how long a call that is to be alone in flight may keep the others waiting.</summary>
    private static readonly TimeSpan LongestAlone = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(30);

    private readonly int _most;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Queue<Place> _waiting = new();

    // Before the others: what becomes of a call that was pushed back says whether the limit is too high.
    private readonly Queue<Place> _waitingAgain = new();
    private TaskCompletionSource? _alone;
    private ITimer? _patience;
    private TimeSpan _step = ShortestStep;
    private long _changedAt;
    private int _limit;
    private int _raisedFrom;
    private int _ended;
    private int _pushedBack;
    private int _inFlight;

    /// <param name="most">The most calls in flight.</param>
    /// <param name="time">The clock.</param>
    public CallLimit(int most, TimeProvider time) => (_most, _limit, _time, _changedAt) = (most, most, time, time.GetTimestamp());

    /// <summary>Within the lock.</summary>
    private bool IsFreeNow => _alone is null && _inFlight < _limit && !IsWaitedFor;

    /// <summary>Within the lock.</summary>
    private bool IsWaitedFor => _waiting.Count + _waitingAgain.Count > 0;

    /// <summary>Waits for a place among the calls in flight; records that are called for again come first.</summary>
    /// <param name="again">Whether the record was called for before, and failed.</param>
    /// <param name="cancellationToken">The host's.</param>
    public ValueTask EnterAsync(bool again, CancellationToken cancellationToken)
    {
        Place place;
        lock (_lock)
        {
            if (IsFreeNow)
            {
                _inFlight++;
                return ValueTask.CompletedTask;
            }
            place = new Place();
            (again ? _waitingAgain : _waiting).Enqueue(place);
            Admit();
        }
        return WaitAsync(place, cancellationToken);
    }

    /// <summary>Whether a call may begin at once.</summary>
    public bool IsFree
    {
        get
        {
            lock (_lock) return IsFreeNow;
        }
    }

    /// <summary>Takes a place in the queue, which may be left at once.</summary>
    public void Enqueue(Place place)
    {
        lock (_lock)
        {
            _waiting.Enqueue(place);
            Admit();
        }
    }

    /// <summary>
    /// Waits until no other call is in flight, and keeps others from beginning until <see cref="ExitAlone"/>; but not for longer than a
    /// second altogether. One caller at a time.
    /// </summary>
    public async ValueTask EnterAloneAsync(CancellationToken cancellationToken)
    {
        var alone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _alone = alone;
            _patience = _time.CreateTimer(static state => ((CallLimit)state!).Open(), this, LongestAlone, Timeout.InfiniteTimeSpan);
            if (_inFlight == 0) alone.SetResult();
        }
        try
        {
            await alone.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Open();
            throw;
        }
        lock (_lock) _inFlight++;
    }

    /// <summary>A call has ended.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            _inFlight--;
            _ended++;
            if (_inFlight == 0) _alone?.TrySetResult();
            Raise();
            Admit();
        }
    }

    /// <summary>A call that was alone has ended.</summary>
    public void ExitAlone()
    {
        Open();
        Exit();
    }

    /// <summary>A call was pushed back. What it has to say to <see cref="Lower"/>, should its record be answered later.</summary>
    public (int InFlight, long ChangedAt) PushedBack()
    {
        lock (_lock)
        {
            _pushedBack++;
            // The call itself has ended.
            return (_inFlight + 1, _changedAt);
        }
    }

    /// <summary>A record was answered that had been pushed back while so many calls were in flight.</summary>
    /// <param name="then">What <see cref="PushedBack"/> said when it was pushed back.</param>
    public void Lower((int InFlight, long ChangedAt) then)
    {
        lock (_lock)
        {
            // One change for all calls that were pushed back together; and a call that was alone says nothing of their number.
            if (then.ChangedAt != _changedAt || then.InFlight <= 1) return;
            if (_raisedFrom > 0)
            {
                _limit = _raisedFrom;
                _step = _step * 2 < LongestStep ? _step * 2 : LongestStep;
            }
            else
            {
                // As many as were answered of those in flight.
                var answered = Math.Max(0, _ended - _pushedBack) / (double)Math.Max(1, _ended);
                _limit = Math.Max(1, Math.Min(Math.Min(_limit, then.InFlight) / 2, (int)(_limit * answered)));
            }
            Changed(raisedFrom: 0);
        }
    }

    /// <summary>Within the lock.</summary>
    private void Raise()
    {
        if (_limit == _most || !IsWaitedFor || _time.GetElapsedTime(_changedAt) < _step) return;
        // The last step has stood.
        if (_raisedFrom > 0 && _step > ShortestStep) _step /= 2;
        var from = _limit;
        _limit = Math.Min(_most, _limit + Math.Max(1, _limit / 4));
        Changed(from);
    }

    private void Changed(int raisedFrom)
    {
        (_raisedFrom, _ended, _pushedBack) = (raisedFrom, 0, 0);
        // Also tells the changes apart, so two are never the same.
        _changedAt = Math.Max(_changedAt + 1, _time.GetTimestamp());
    }

    /// <summary>Within the lock.</summary>
    private void Admit()
    {
        while (_alone is null && _inFlight < _limit && (_waitingAgain.TryDequeue(out var place) || _waiting.TryDequeue(out place)))
        {
            // Whoever was cancelled or taken along has left.
            if (place.TryEnter()) _inFlight++;
        }
    }

    private void Open()
    {
        lock (_lock)
        {
            if (_alone is null) return;
            _patience!.Dispose();
            _alone.TrySetResult();
            (_alone, _patience) = (null, null);
            Admit();
        }
    }

    private static async ValueTask WaitAsync(Place place, CancellationToken cancellationToken) => await place.WaitAsync(cancellationToken).ConfigureAwait(false);
}
