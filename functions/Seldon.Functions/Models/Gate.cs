using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Models;

/// <summary>
/// Holds all calls to one endpoint while it is not ready. Readiness alone moves the gate: the readiness call closes it when it says no, and
/// opens it when it says yes. A prober repeats the call with exponential backoff; waiting has no limit and costs a log line every half minute.
/// </summary>
/// <param name="endpoint">The endpoint, for log lines.</param>
/// <param name="probe">One readiness call; the argument asks for a fresh connection.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class Gate(string endpoint, Func<bool, CancellationToken, Task<Readiness>> probe, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // However long an outage was, records flow again within five seconds of its end.
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4));
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private Task<Readiness> _question = Task.FromResult(Readiness.Ready);
    private Task<Readiness>? _nextQuestion;
    private TaskCompletionSource? _closed;
    private Task _prober = Task.CompletedTask;
    private Readiness _last;
    private TimeSpan _retryAfter;
    private TimeSpan _closedBefore;
    private long _closedAt;
    private long? _readySince;
    private long _notReadyAt = long.MinValue;
    private int _failures;

    // An outage is over when a call is answered, not when the endpoint says once that it is ready.
    private long? _outageSince;
    private long _lastLine;
    private bool _saidResumed;

    /// <summary>Whether calls have to wait.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) is not null;

    /// <summary>For how long calls have had to wait: all earlier outages, and the present one so far.</summary>
    public TimeSpan ClosedTime
    {
        get
        {
            lock (_lock) return _closed is null ? _closedBefore : _closedBefore + time.GetElapsedTime(_closedAt);
        }
    }

    /// <summary>For how long every readiness call has said yes; zero if the last one did not.</summary>
    public TimeSpan ReadyFor
    {
        get
        {
            lock (_lock) return _readySince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
        }
    }

    /// <summary>Whether every readiness call since then has said yes, or could not tell.</summary>
    public bool WasOpenSince(long timestamp) => Volatile.Read(ref _notReadyAt) < timestamp;

    /// <summary>Waits until the gate is open.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _closed) is { } closed)
            await closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// The answer to a readiness call that begins after this one: all who ask meanwhile share it. The gate closes when it says no. While the
    /// gate is closed nobody asks but the prober.
    /// </summary>
    /// <param name="retryAfter">How long the server asks to be left alone; delays the prober's first question.</param>
    public Task<Readiness> AskAsync(TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (retryAfter is { } wait && wait > _retryAfter) _retryAfter = wait;
            if (_closed is not null) return Task.FromResult(_last);
            return (_nextQuestion ??= AskNextAsync(_question)).WaitAsync(cancellationToken);
        }
    }

    /// <summary>A call was answered: the next outage is a new one.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0) return;
        lock (_lock)
        {
            if (_closed is not null) return;
            _failures = 0;
            _outageSince = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        await _prober.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task question;
        lock (_lock) question = _nextQuestion ?? _question;
        await question.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<Readiness> AskNextAsync(Task<Readiness> before)
    {
        await Task.Yield();
        await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _question = _nextQuestion!;
            _nextQuestion = null;
        }
        var answer = await AskOnceAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (!answer.IsOpen && _closed is null && !_disposed.IsCancellationRequested) Close(answer.Why);
        }
        return answer;
    }

    /// <summary>One answer. A question that went unanswered is asked again over a fresh connection before that counts.</summary>
    private async Task<Readiness> AskOnceAsync()
    {
        Readiness answer;
        try
        {
            answer = await probe(false, _disposed.Token).ConfigureAwait(false);
            if (answer.Kind == ReadinessKind.Unanswered)
            {
                Volatile.Write(ref _notReadyAt, time.GetTimestamp());
                answer = await probe(true, _disposed.Token).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // If the prober ended, the gate would stay closed forever.
        catch (Exception defect) when (!_disposed.IsCancellationRequested)
#pragma warning restore CA1031
        {
            answer = Readiness.No($"cannot be asked ({defect.GetType().Name})");
        }
        lock (_lock)
        {
            _last = answer;
            if (!answer.IsOpen) Volatile.Write(ref _notReadyAt, time.GetTimestamp());
            if (answer.Kind != ReadinessKind.Ready) _readySince = null;
            else _readySince ??= time.GetTimestamp();
        }
        return answer;
    }

    /// <summary>Within the lock.</summary>
    private void Close(string why)
    {
        _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _closedAt = time.GetTimestamp();
        if (_outageSince is null)
        {
            (_outageSince, _lastLine, _saidResumed) = (_closedAt, _closedAt, false);
            Log.Holding(logger, endpoint, why);
        }
        _prober = ProbeAsync();
    }

    private async Task ProbeAsync()
    {
        await Task.Yield();
        Readiness answer;
        do
        {
            var wait = Waits.Delay(_failures++);
            lock (_lock)
            {
                if (_retryAfter > wait) wait = _retryAfter;
                _retryAfter = TimeSpan.Zero;
            }
            await Task.Delay(wait, time, _disposed.Token).ConfigureAwait(false);
            answer = await AskOnceAsync().ConfigureAwait(false);
            if (!answer.IsOpen && time.GetElapsedTime(_lastLine) >= Reminder)
            {
                _lastLine = time.GetTimestamp();
                Log.StillHolding(logger, endpoint, (long)time.GetElapsedTime(_outageSince!.Value).TotalSeconds, answer.Why);
            }
        }
        while (!answer.IsOpen);

        lock (_lock)
        {
            if (!_saidResumed) Log.Resumed(logger, endpoint, time.GetElapsedTime(_outageSince!.Value).TotalSeconds);
            _saidResumed = true;
            _closedBefore += time.GetElapsedTime(_closedAt);
            var closed = _closed!;
            Volatile.Write(ref _closed, null);
            closed.SetResult();
        }
    }
}
