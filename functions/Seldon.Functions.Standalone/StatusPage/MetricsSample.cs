using OpenTelemetry.Metrics;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Standalone.StatusPage;

/// <summary>The values of the metrics that the page shows, at one time. Counters are totals since the start.</summary>
/// <param name="timestamp">When, by the clock's timestamps.</param>
internal sealed class MetricsSample(long timestamp)
{
    public long Timestamp { get; } = timestamp;

    /// <summary>By the route's name; it is empty for records that no route takes.</summary>
    public Dictionary<string, RouteSample> Routes { get; } = [];

    public Dictionary<EndpointKey, EndpointSample> Endpoints { get; } = [];

    /// <summary>Records of all partitions that are not yet acknowledged.</summary>
    public long Lag { get; private set; }

    public void Add(Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            switch (metric.Name)
            {
                case "seldon.functions.records":
                    var isAnswered = Tag(point, AttributeNames.Outcome) == "answered";
                    var route = Find(Routes, Tag(point, AttributeNames.Route));
                    if (isAnswered) route.Answered += point.GetSumLong();
                    else route.Rejected += point.GetSumLong();
                    break;
                case "seldon.functions.calls.active":
                    Find(Endpoints, KeyOf(point)).InFlight = (int)point.GetSumLong();
                    break;
                case "seldon.functions.calls.active.limit":
                    Find(Endpoints, KeyOf(point)).Limit = (int)point.GetSumLong();
                    break;
                case "seldon.functions.gate.closed":
                    Find(Endpoints, KeyOf(point)).IsClosed = point.GetGaugeLastValueLong() != 0;
                    break;
                case "http.client.request.duration":
                    Find(Endpoints, KeyOf(point, "rest")).Durations.Add(point);
                    break;
                case "rpc.client.call.duration":
                    Find(Endpoints, KeyOf(point, "grpc")).Durations.Add(point);
                    break;
                case "seldon.functions.consumer.lag":
                    Lag += point.GetGaugeLastValueLong();
                    break;
                default:
                    return;
            }
        }
    }

    private static EndpointKey KeyOf(in MetricPoint point, string? transport = null) =>
        new(Tag(point, AttributeNames.Route), Tag(point, AttributeNames.Node), transport ?? Tag(point, AttributeNames.Transport));

    private static TValue Find<TKey, TValue>(Dictionary<TKey, TValue> all, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!all.TryGetValue(key, out var value)) all[key] = value = new TValue();
        return value;
    }

    private static string Tag(in MetricPoint point, string name)
    {
        foreach (var tag in point.Tags)
        {
            if (tag.Key == name) return tag.Value as string ?? "";
        }
        return "";
    }
}

/// <summary>A model endpoint, as the metrics name it.</summary>
/// <param name="Node">The node of a graph; empty for a model that stands alone.</param>
/// <param name="Transport"><c>rest</c> or <c>grpc</c>.</param>
internal readonly record struct EndpointKey(string Route, string Node, string Transport);

/// <summary>What became of the records of a route.</summary>
internal sealed class RouteSample
{
    public long Answered { get; set; }

    public long Rejected { get; set; }
}

/// <summary>The calls to an endpoint.</summary>
internal sealed class EndpointSample
{
    public int InFlight { get; set; }

    public int Limit { get; set; }

    public bool IsClosed { get; set; }

    public Durations Durations { get; } = new();
}

/// <summary>A histogram of durations in seconds.</summary>
internal sealed class Durations
{
    private double[] _bounds = [];
    private long[] _counts = [];

    public long Count { get; private set; }

    public double Sum { get; private set; }

    /// <summary>The mean; 0 without calls.</summary>
    public double Mean => Count > 0 ? Sum / Count : 0;

    /// <summary>Adds a point with the same buckets.</summary>
    public void Add(in MetricPoint point)
    {
        Count += point.GetHistogramCount();
        Sum += point.GetHistogramSum();
        var i = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            if (i == _counts.Length)
            {
                Array.Resize(ref _counts, i + 1);
                Array.Resize(ref _bounds, i + 1);
            }
            _bounds[i] = bucket.ExplicitBound;
            _counts[i++] += bucket.BucketCount;
        }
    }

    /// <summary>What was added since then.</summary>
    public Durations Since(Durations? before)
    {
        if (before is null) return this;
        var counts = _counts.ToArray();
        for (var i = 0; i < before._counts.Length; i++) counts[i] -= before._counts[i];
        return new Durations { _bounds = _bounds, _counts = counts, Count = Count - before.Count, Sum = Sum - before.Sum };
    }

    /// <summary>A quantile, by straight lines within the buckets, as Prometheus' <c>histogram_quantile</c> has it; 0 without calls.</summary>
    public double Quantile(double quantile)
    {
        if (Count == 0) return 0;
        var (rank, below) = (quantile * Count, 0L);
        for (var i = 0; i < _counts.Length; i++)
        {
            if (below + _counts[i] < rank)
            {
                below += _counts[i];
                continue;
            }
            var lower = i == 0 ? 0 : _bounds[i - 1];
            // The last bucket has no end.
            return double.IsInfinity(_bounds[i]) ? lower : lower + ((_bounds[i] - lower) * (rank - below) / _counts[i]);
        }
        return _bounds[^1];
    }
}
