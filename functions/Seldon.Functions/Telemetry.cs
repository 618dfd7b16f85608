using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Seldon.Functions;

/// <summary>
/// The meter and the activity source <c>Seldon.Functions</c>. What OpenTelemetry's semantic conventions have a name for is named
/// as there; the rest begins with <c>seldon.functions</c>. What only a processor has is in <see cref="Kafka.StreamGauges"/>.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of both.</summary>
    public const string Name = "Seldon.Functions";

    public static readonly ActivitySource Traces = new(Name);

    public static readonly Meter Meter = new(Name);

    /// <summary>The endpoints that the observable instruments tell of.</summary>
    public static readonly LiveSources<ModelEndpoint> Endpoints = new();

    public static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Records that were read from an input topic.");

    public static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Results and dead letters that the broker has acknowledged.");

    public static readonly Histogram<double> ProcessDuration = Seconds(
        "messaging.process.duration", "Time from reading a record to the acknowledgement of what became of it.");

    public static readonly Counter<long> Records = Meter.CreateCounter<long>(
        "seldon.functions.records", "{record}", "Records whose result or dead letter is acknowledged, by outcome.");

    public static readonly Histogram<double> HttpDuration = Seconds("http.client.request.duration", "Duration of one REST call to a model server.");

    public static readonly Histogram<double> RpcDuration = Seconds("rpc.client.call.duration", "Duration of one gRPC call to a model server.");

    public static readonly Counter<long> HeadersSkipped = Meter.CreateCounter<long>(
        "seldon.functions.headers.skipped", "{header}", "Record headers that are not legal towards a model server and were left out there.");

    public static readonly Counter<long> RecordsExpired = Meter.CreateCounter<long>(
        "seldon.functions.records.expired", "{record}", "Records that the broker deleted before they were read.");

    public static readonly Counter<long> Commits = Meter.CreateCounter<long>(
        "seldon.functions.commits", "{commit}", "Offset commits that the broker has answered.");

    public static readonly Counter<long> Rebalances = Meter.CreateCounter<long>(
        "seldon.functions.rebalances", "{rebalance}", "Changes of the partitions that this member has.");

    public static readonly ObservableUpDownCounter<int> ActiveCalls = Meter.CreateObservableUpDownCounter(
        "seldon.functions.calls.active", () => Endpoints.Select(e => e.Calls.Measure(e.Calls.Active)), "{call}", "Calls to a model server that are under way.");

    public static readonly ObservableGauge<int> GateClosed = Meter.CreateObservableGauge(
        "seldon.functions.gate.closed", () => Endpoints.Select(e => e.Calls.Measure(e.IsHolding ? 1 : 0)), null, "1 while the records for an endpoint wait because it is out, else 0.");

    public static readonly ObservableCounter<double> GateClosedTime = Meter.CreateObservableCounter(
        "seldon.functions.gate.closed.time", () => Endpoints.Select(e => e.Calls.Measure(e.HoldingTime.TotalSeconds)), "s", "How long the records for an endpoint have waited because it was out.");

    public static readonly ObservableUpDownCounter<int> Unproven = Meter.CreateObservableUpDownCounter(
        "seldon.functions.records.unproven", () => Endpoints.Select(e => e.Calls.Measure(e.Unproven.Count)), "{record}", "Records that have failed and are retried until it is clear whose fault that is.");

    public static readonly ObservableGauge<double> UnprovenAge = Meter.CreateObservableGauge(
        "seldon.functions.records.unproven.age", () => Endpoints.Select(e => e.Calls.Measure(e.Unproven.OldestAge.TotalSeconds)), "s", "How long ago the first of these records failed first.");

    /// <summary>A histogram of seconds with the buckets that the conventions advise.</summary>
    private static Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram(
        name, "s", description, null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });
}
