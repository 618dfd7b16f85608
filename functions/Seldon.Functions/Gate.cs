using Microsoft.Extensions.Logging;

namespace Seldon.Functions;

/// <summary>
/// Holds all calls to one endpoint while it is out. An outage closes it; one prober asks the endpoint with exponential
/// backoff whether it is ready, and opens it again. Waiting has no limit and costs nothing but the log line every half minute.
/// </summary>
internal sealed class Gate(string endpoint, Func<CancellationToken, Task<string?>> probe, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>However long a server asks to be left alone, it is asked again after this.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);

    // However long an outage was, records flow again within five seconds of its end.
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4));
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource? _closed;
    private Task _prober = Task.CompletedTask;
    private TimeSpan _closedBefore;
    private long _closedAt;
    private int _pass;
    private int _failures;

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

    /// <summary>Waits until the gate is open. The pass that it returns tells a later <see cref="Close"/> when the call began.</summary>
    public async ValueTask<int> EnterAsync(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _closed) is { } closed)
            await closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return Volatile.Read(ref _pass);
    }

    /// <summary>
    /// Closes the gate and starts the prober. Nothing happens when it is closed already, or when it was closed and opened
    /// again after the call that failed had begun: that call is told of an outage that is over.
    /// </summary>
    public void Close(int pass, Fault fault, string why, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            if (_closed is not null || pass != _pass || _disposed.IsCancellationRequested) return;
            _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _closedAt = time.GetTimestamp();
            _prober = ProbeAsync(fault, why, retryAfter ?? TimeSpan.Zero);
        }
    }

    /// <summary>A call succeeded: the next outage starts again with short waits.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0) Volatile.Write(ref _failures, 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        await _prober.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ProbeAsync(Fault fault, string why, TimeSpan retryAfter)
    {
        await Task.Yield();
        var since = time.GetTimestamp();
        var lastLine = since;
        if (fault == Fault.Configuration) Log.HoldingForConfiguration(logger, endpoint, why);
        else Log.Holding(logger, endpoint, why);

        string? notReady;
        do
        {
            var wait = Waits.Delay(_failures++);
            if (retryAfter > wait) wait = retryAfter < LongestRetryAfter ? retryAfter : LongestRetryAfter;
            retryAfter = TimeSpan.Zero;
            await Task.Delay(wait, time, _disposed.Token).ConfigureAwait(false);
            notReady = await AskAsync().ConfigureAwait(false);
            if (notReady is not null && time.GetElapsedTime(lastLine) >= Reminder)
            {
                lastLine = time.GetTimestamp();
                Log.StillHolding(logger, endpoint, (long)time.GetElapsedTime(since).TotalSeconds, notReady);
            }
        }
        while (notReady is not null);

        Log.Resumed(logger, endpoint, time.GetElapsedTime(since).TotalSeconds);
        lock (_lock)
        {
            _pass++;
            _closedBefore += time.GetElapsedTime(_closedAt);
            var closed = _closed!;
            Volatile.Write(ref _closed, null);
            closed.SetResult();
        }
    }

    private async Task<string?> AskAsync()
    {
        try
        {
            return await probe(_disposed.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // If the prober ended, the gate would stay closed for ever.
        catch (Exception defect) when (!_disposed.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return $"cannot be asked ({defect.GetType().Name})";
        }
    }
}
