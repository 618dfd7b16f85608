using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Seldon.Functions.Standalone.StatusPage;

/// <summary>
/// The metrics of the last 15 minutes, sampled once a second from OpenTelemetry's SDK: the values that <c>/metrics</c> shows. Nothing is done for a
/// single record.
/// </summary>
internal sealed class MetricsHistory(TimeProvider time) : BaseExporter<Metric>
{
    /// <summary>The time between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How many points a plot has, each the mean of <see cref="SamplesOfPoint"/> samples.</summary>
    public const int Points = 180;
    public const int SamplesOfPoint = 5;

    /// <summary>Rates and latencies are those of the last ten samples.</summary>
    private const int Recent = 10;

    private readonly Lock _lock = new();
    private readonly Queue<MetricsSample> _recent = new();
    private readonly Queue<HistoryPoint> _points = new();
    private readonly List<HistoryPoint> _ofNextPoint = [];
    private readonly Dictionary<EndpointKey, (bool IsClosed, DateTimeOffset Since)> _gates = [];

    /// <summary>What was measured lately; null before the second sample.</summary>
    public RecentMetrics? Read()
    {
        lock (_lock)
        {
            return _recent.Count < 2 ? null : new RecentMetrics(_recent.Peek(), _recent.Last(), _gates.ToDictionary(g => g.Key, g => g.Value.Since), [.. _points]);
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var sample = new MetricsSample(time.GetTimestamp());
        foreach (var metric in batch) sample.Add(metric);
        lock (_lock) Add(sample);
        return ExportResult.Success;
    }

    private void Add(MetricsSample sample)
    {
        foreach (var (key, endpoint) in sample.Endpoints)
        {
            if (!_gates.TryGetValue(key, out var gate) || gate.IsClosed != endpoint.IsClosed) _gates[key] = (endpoint.IsClosed, time.GetUtcNow());
        }
        var last = _recent.LastOrDefault();
        _recent.Enqueue(sample);
        if (_recent.Count > Recent + 1) _recent.Dequeue();
        if (last is null) return;
        _ofNextPoint.Add(HistoryPoint.Between(last, sample, time));
        if (_ofNextPoint.Count < SamplesOfPoint) return;
        _points.Enqueue(HistoryPoint.Mean(_ofNextPoint));
        _ofNextPoint.Clear();
        if (_points.Count > Points) _points.Dequeue();
    }
}

/// <summary>What was measured lately.</summary>
/// <param name="Before">The sample of ten seconds ago, or the oldest.</param>
/// <param name="Now">The last sample.</param>
/// <param name="GateSince">Since when each endpoint's gate is as it is, or since the start.</param>
/// <param name="Points">The points of the plots, oldest first.</param>
internal sealed record RecentMetrics(MetricsSample Before, MetricsSample Now, IReadOnlyDictionary<EndpointKey, DateTimeOffset> GateSince, IReadOnlyList<HistoryPoint> Points);

/// <summary>One point of the plots.</summary>
/// <param name="Answered">Results a second.</param>
/// <param name="Rejected">Dead letters a second.</param>
/// <param name="InFlight">Calls in flight.</param>
/// <param name="P99">The 99th percentile of the calls' durations in seconds; 0 without calls.</param>
/// <param name="Lag">Records that are not yet acknowledged.</param>
internal readonly record struct HistoryPoint(double Answered, double Rejected, double InFlight, double P99, double Lag)
{
    public static HistoryPoint Between(MetricsSample before, MetricsSample now, TimeProvider time)
    {
        var seconds = Math.Max(0.001, time.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds);
        var (answered, rejected) = (now.Routes.Values.Sum(r => r.Answered) - before.Routes.Values.Sum(r => r.Answered), now.Routes.Values.Sum(r => r.Rejected) - before.Routes.Values.Sum(r => r.Rejected));
        var slowest = now.Endpoints.Select(e => e.Value.Durations.Since(before.Endpoints.GetValueOrDefault(e.Key)?.Durations).Quantile(0.99)).DefaultIfEmpty().Max();
        return new HistoryPoint(answered / seconds, rejected / seconds, now.Endpoints.Values.Sum(e => e.InFlight), slowest, now.Lag);
    }

    public static HistoryPoint Mean(IReadOnlyCollection<HistoryPoint> points) => new(
        points.Average(p => p.Answered), points.Average(p => p.Rejected), points.Average(p => p.InFlight), points.Max(p => p.P99), points.Average(p => p.Lag));
}
