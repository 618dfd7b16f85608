using System.Text.Json.Serialization;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.StatusPage;

/// <summary>What <c>/status</c> answers, and the page shows. Times are ISO 8601, durations seconds, rates a second; there is no payload and no secret in it.</summary>
/// <param name="NotReady">Why records cannot be taken from Kafka now; null if they can.</param>
/// <param name="PointSeconds">How many seconds a point of <paramref name="History"/> stands for.</param>
internal sealed record StatusDocument(
    string Version, DateTimeOffset Now, DateTimeOffset StartedAt, string Group, string? NotReady, IReadOnlyList<RouteStatus> Routes, IReadOnlyList<PartitionStatus> Partitions,
    DeadLetterStatus DeadLetters, int PointSeconds, IReadOnlyList<HistoryPoint> History)
{
    public static StatusDocument Of(StreamStatus status, RecentMetrics? metrics, DateTimeOffset startedAt, TimeProvider time) => new(
        ProgramVersion.Text, time.GetUtcNow(), startedAt, status.Group, status.NotReady, metrics is null ? [] : RoutesOf(metrics, time), [.. PartitionsOf(status, time)],
        new DeadLetterStatus(
            status.DeadLetters.CountsOfLastHour().ToDictionary(c => c.Key.ToWire(), c => c.Value),
            [.. status.DeadLetters.Last().Select(d => new DeadLetterExample(d.At, d.Topic, d.Partition, d.Offset, d.Route, d.Reason.ToWire(), d.Message))]),
        MetricsHistory.SamplesOfPoint, metrics?.Points ?? []);

    private static IReadOnlyList<RouteStatus> RoutesOf(RecentMetrics metrics, TimeProvider time)
    {
        var (before, now) = (metrics.Before, metrics.Now);
        var seconds = Math.Max(0.001, time.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds);
        var names = now.Routes.Keys.Concat(now.Endpoints.Keys.Select(e => e.Route)).Distinct().Order(StringComparer.Ordinal);
        // Records that no route takes are worth a line only if there are some.
        return [.. names.Select(RouteOf).Where(r => r.Name.Length > 0 || r.Rejected > 0)];

        RouteStatus RouteOf(string name)
        {
            var (then, route) = (before.Routes.GetValueOrDefault(name) ?? new RouteSample(), now.Routes.GetValueOrDefault(name) ?? new RouteSample());
            return new RouteStatus(
                name, route.Answered, route.Rejected, (route.Answered - then.Answered) / seconds, (route.Rejected - then.Rejected) / seconds,
                [.. now.Endpoints.Where(e => e.Key.Route == name).OrderBy(e => e.Key.Node, StringComparer.Ordinal).ThenBy(e => e.Key.Transport, StringComparer.Ordinal).Select(e => EndpointOf(e.Key, e.Value))]);
        }

        EndpointStatus EndpointOf(EndpointKey key, EndpointSample endpoint)
        {
            var calls = endpoint.Durations.Since(before.Endpoints.GetValueOrDefault(key)?.Durations);
            return new EndpointStatus(
                key.Node.Length > 0 ? key.Node : null, key.Transport, endpoint.InFlight, endpoint.Limit, calls.Count / seconds, calls.Mean, calls.Quantile(0.99),
                endpoint.IsClosed ? "closed" : "open", metrics.GateSince[key]);
        }
    }

    private static IEnumerable<PartitionStatus> PartitionsOf(StreamStatus status, TimeProvider time)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return from lane in status.Lanes
               let progress = lane.Value.Progress
               orderby lane.Key.Topic, lane.Key.Partition.Value
               select new PartitionStatus(
                   lane.Key.Topic, lane.Key.Partition.Value, status.LagOf(lane.Key, lane.Value), progress.Count,
                   progress.OldestTimestamp is { } oldest ? Math.Max(0, (now - oldest) / 1000.0) : 0);
    }
}

/// <summary>A route. Its name is empty for records that no route takes.</summary>
/// <param name="Answered">Results since the start.</param>
/// <param name="Rejected">Dead letters since the start.</param>
/// <param name="AnsweredRate">Results a second, in the last ten seconds.</param>
/// <param name="RejectedRate">Dead letters a second, in the last ten seconds.</param>
internal sealed record RouteStatus(string Name, long Answered, long Rejected, double AnsweredRate, double RejectedRate, IReadOnlyList<EndpointStatus> Endpoints);

/// <summary>A model endpoint.</summary>
/// <param name="Node">The node of a graph; null for a model that stands alone.</param>
/// <param name="Transport"><c>rest</c> or <c>grpc</c>.</param>
/// <param name="InFlight">Calls in flight.</param>
/// <param name="Limit">How many may be in flight, as it is set or has been found.</param>
/// <param name="CallRate">Calls a second, in the last ten seconds.</param>
/// <param name="Mean">The mean duration of these calls.</param>
/// <param name="P99">Their 99th percentile, as exact as the histogram's buckets.</param>
/// <param name="Gate"><c>open</c>, or <c>closed</c> while records wait because the endpoint is unavailable.</param>
/// <param name="GateSince">Since when, to a second; since the start if it never changed.</param>
internal sealed record EndpointStatus(string? Node, string Transport, int InFlight, int Limit, double CallRate, double Mean, double P99, string Gate, DateTimeOffset GateSince);

/// <summary>A partition that this member has.</summary>
/// <param name="Lag">Records that are not yet acknowledged, read or not; null if not known.</param>
/// <param name="InFlight">Records that were read and are not yet acknowledged.</param>
/// <param name="OldestAge">The age of the oldest of these, by its timestamp; 0 if there is none.</param>
internal sealed record PartitionStatus(string Topic, int Partition, long? Lag, int InFlight, double OldestAge);

/// <summary>The dead letters of the last hour.</summary>
/// <param name="LastHour">Their number, by reason.</param>
/// <param name="Examples">The last few, the newest first.</param>
internal sealed record DeadLetterStatus(IReadOnlyDictionary<string, long> LastHour, IReadOnlyList<DeadLetterExample> Examples);

/// <summary>A dead letter.</summary>
/// <param name="Reason">As in the header <c>seldon-error-reason</c>.</param>
/// <param name="Message">The reason in words, as the log has it.</param>
internal sealed record DeadLetterExample(DateTimeOffset At, string Topic, int Partition, long Offset, string Route, string Reason, string Message);

/// <summary>How the document is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatusJson : JsonSerializerContext;
