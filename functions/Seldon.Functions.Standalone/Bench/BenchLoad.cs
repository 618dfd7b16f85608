using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>
/// Keeps so many calls in flight with so many records in each, for a while: the engine with these limits, and always one call's worth of records
/// more than fit. What is measured is the product's own: its transports, its merging, its meter.
/// </summary>
internal sealed class BenchLoad : IDisposable
{
    /// <summary>The share of the time in which connections are made and nothing counts.</summary>
    private const double WarmUp = 0.25;

    private readonly BenchTarget _target;
    private readonly RouteOptions _route;
    private readonly int _records;
    private readonly TimeProvider _time;
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<double> _calls = [];
    private int _failed;
    private int _answered;
    private int _next;
    private volatile bool _counts;
    private volatile bool _isOver;
    private volatile Rejection? _rejection;

    /// <param name="target">The server and its requests.</param>
    /// <param name="records">The most records of a call.</param>
    /// <param name="inFlight">The calls in flight.</param>
    /// <param name="time">The clock.</param>
    public BenchLoad(BenchTarget target, int records, int inFlight, TimeProvider time)
    {
        var rows = records * (target.RowsOfRequest ?? 1);
        (_target, _records, _time) = (target, records * (inFlight + 1), time);
        _route = target.Route with
        {
            // Its measurements are nobody else's.
            Name = $"bench-{Guid.NewGuid():N}",
            Workers = inFlight,
            Batch = target.Route.Batch with { MaxRows = rows },
        };
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument == Instruments.HttpDuration || instrument == Instruments.RpcDuration) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(OnCall);
        _listener.Start();
    }

    /// <summary>Why a record was rejected, if one was.</summary>
    public Rejection? Rejection => _rejection;

    public async Task<BenchPoint> MeasureAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        await using var engine = InferenceEngine.Create(new EngineOptions { Routes = [_route] }, NullLoggerFactory.Instance, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.WhenAll(Enumerable.Range(0, _records).Select(_ => OneAfterTheOtherAsync(engine, end.Token)));
        await WaitAsync(length * WarmUp, cancellationToken).ConfigureAwait(false);
        var start = _time.GetTimestamp();
        _counts = true;
        await WaitAsync(length * (1 - WarmUp), cancellationToken).ConfigureAwait(false);
        _counts = false;
        var elapsed = _time.GetElapsedTime(start);
        // Calls end by themselves, if that does not take too long: a server goes on with those that are cancelled, and the next measurement would wait for it.
        _isOver = true;
        await Task.WhenAny(work, WaitAsync(length, cancellationToken)).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return ToPoint(elapsed);
    }

    public void Dispose() => _listener.Dispose();

    private async Task OneAfterTheOtherAsync(InferenceEngine engine, CancellationToken cancellationToken)
    {
        while (!_isOver && !cancellationToken.IsCancellationRequested && _rejection is null)
        {
            var number = Interlocked.Increment(ref _next);
            var record = _target.Requests[(int)((uint)number % _target.Requests.Count)] with { Offset = number };
            var outcome = await engine.InferAsync(record, cancellationToken).ConfigureAwait(false);
            if (outcome.Kind == OutcomeKind.Rejected) _rejection = outcome.Rejection;
            else if (outcome.Kind == OutcomeKind.Answered && _counts) Interlocked.Increment(ref _answered);
        }
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        await Task.Delay(time, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void OnCall(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var (isOurs, failure) = (false, (string?)null);
        foreach (var (name, value) in tags)
        {
            if (name == AttributeNames.Route) isOurs = value as string == _route.Name;
            else if (name == AttributeNames.ErrorType) failure = value as string;
        }
        if (!isOurs || !_counts) return;
        lock (_lock)
        {
            if (failure is null) _calls.Add(seconds * 1000);
            else _failed++;
        }
    }

    private BenchPoint ToPoint(TimeSpan elapsed)
    {
        lock (_lock)
        {
            _calls.Sort();
            var rows = _answered * (double)(_target.RowsOfRequest ?? 1);
            return new BenchPoint(
                _route.Batch.MaxRows, _route.Workers!.Value, _calls.Count == 0 ? 0 : rows / _calls.Count, rows / elapsed.TotalSeconds, Percentile(50), Percentile(99),
                _failed == 0 ? 0 : _failed / (double)(_calls.Count + _failed));
        }
    }

    private double Percentile(int percent) => _calls.Count == 0 ? 0 : _calls[Math.Min(_calls.Count - 1, _calls.Count * percent / 100)];
}
