namespace Seldon.Functions.Models.Limits;

/// <summary>The places for calls to an endpoint, and the queues of records that wait for one. How many places there are is the rule's to say.</summary>
internal sealed class CallLimit : IDisposable
{
    /// <summary>For how long a call that is to be alone in flight may keep the others waiting.</summary>
    private static readonly TimeSpan LongestAlone = TimeSpan.FromSeconds(1);

    /// <summary>How often the rule hears that records wait.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly IConcurrencyLimit _rule;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();
    private readonly Queue<Place> _waiting = new();

    // Before the others: what becomes of a call that was pushed back says whether the limit is too high.
    private readonly Queue<Place> _waitingAgain = new();
    private readonly ITimer _looks;
    private bool _isLooking;
    private TaskCompletionSource? _alone;
    private ITimer? _patience;
    private int _inFlight;

    /// <param name="rule">How many places there are.</param>
    /// <param name="time">The clock.</param>
    public CallLimit(IConcurrencyLimit rule, TimeProvider time)
    {
        (_rule, _time, _start) = (rule, time, time.GetTimestamp());
        _looks = time.CreateTimer(static state => ((CallLimit)state!).LookAtThoseThatWait(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a call may begin at once.</summary>
    public bool IsFree
    {
        get
        {
            lock (_lock) return IsFreeNow;
        }
    }

    /// <summary>The limit, without one that is only being tried.</summary>
    public int Kept
    {
        get
        {
            lock (_lock) return _rule.Kept;
        }
    }

    /// <summary>Within the lock.</summary>
    private bool IsFreeNow => _alone is null && _inFlight < _rule.Limit && !IsWaitedFor;

    /// <summary>Within the lock.</summary>
    private bool IsWaitedFor => _waiting.Count + _waitingAgain.Count > 0;

    private TimeSpan Now => _time.GetElapsedTime(_start);

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
                Begin();
                return ValueTask.CompletedTask;
            }
            place = new Place();
            Wait(again ? _waitingAgain : _waiting, place);
        }
        return WaitAsync(place, cancellationToken);
    }

    /// <summary>Takes a place in the queue, which may be left at once.</summary>
    public void Enqueue(Place place)
    {
        lock (_lock) Wait(_waiting, place);
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
        lock (_lock) Begin();
    }

    /// <summary>A call has ended.</summary>
    public void Exit(in CallEnd end)
    {
        lock (_lock)
        {
            _inFlight--;
            if (_inFlight == 0) _alone?.TrySetResult();
            ForgetThoseThatLeft(_waiting);
            ForgetThoseThatLeft(_waitingAgain);
            _rule.Ended(Now, end, _inFlight, IsWaitedFor);
            Admit();
        }
    }

    /// <summary>A call that was alone has ended.</summary>
    public void ExitAlone()
    {
        Open();
        Exit(default);
    }

    /// <summary>A call was pushed back. What it has to say to <see cref="Lower"/>, should its record be answered later.</summary>
    public LimitMark PushedBack()
    {
        lock (_lock) return _rule.PushedBack(Now, _inFlight);
    }

    /// <summary>A record was answered that had been pushed back while so many calls were in flight.</summary>
    /// <param name="then">What <see cref="PushedBack"/> said when it was pushed back.</param>
    public void Lower(LimitMark then)
    {
        lock (_lock) _rule.Lower(Now, then);
    }

    public void Dispose() => _looks.Dispose();

    /// <summary>Within the lock.</summary>
    private void Begin()
    {
        if (_inFlight++ == 0) _rule.Resumed(Now);
    }

    /// <summary>Within the lock.</summary>
    private void Wait(Queue<Place> queue, Place place)
    {
        queue.Enqueue(place);
        Admit();
        if (_isLooking || !IsWaitedFor) return;
        _isLooking = true;
        _looks.Change(Look, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Within the lock.</summary>
    private void Admit()
    {
        while (_alone is null && _inFlight < _rule.Limit && (_waitingAgain.TryDequeue(out var place) || _waiting.TryDequeue(out place)))
        {
            // Whoever was cancelled or taken along has left.
            if (place.TryEnter()) Begin();
        }
    }

    private void LookAtThoseThatWait()
    {
        lock (_lock)
        {
            ForgetThoseThatLeft(_waiting);
            ForgetThoseThatLeft(_waitingAgain);
            _isLooking = IsWaitedFor;
            if (!_isLooking) return;
            _rule.StillWaiting(Now);
            Admit();
            _looks.Change(Look, Timeout.InfiniteTimeSpan);
        }
    }

    private static void ForgetThoseThatLeft(Queue<Place> queue)
    {
        while (queue.TryPeek(out var place) && !place.IsWaiting) queue.Dequeue();
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
