using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Seldon.Functions.Telemetry;

/// <summary>
/// The meter and the activity source <c>Seldon.Functions</c>. What OpenTelemetry's semantic conventions have a name for is named
/// as there; the rest begins with <c>seldon.functions</c>. What is observed of endpoints and of streams stands beside them.
/// </summary>
internal static class Instruments
{
    /// <summary>The name of both.</summary>
    public const string Name = "Seldon.Functions";

    public static readonly ActivitySource Traces = new(Name);

    public static readonly Meter Meter = new(Name);

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

    public static readonly Histogram<int> MergedRows = Meter.CreateHistogram(
        "seldon.functions.merged.rows", "{row}", "Rows of an answered call that several records shared.", null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });

    public static readonly Counter<long> MergedCalls = Meter.CreateCounter<long>(
        "seldon.functions.merged.calls", "{call}", "Calls that several records shared, by whether they were answered.");

    public static readonly Counter<long> Bisections = Meter.CreateCounter<long>(
        "seldon.functions.merged.bisections", "{bisection}", "Calls that several records shared, failed, and were sent again in halves.");

    public static readonly Counter<long> HeadersSkipped = Meter.CreateCounter<long>(
        "seldon.functions.headers.skipped", "{header}", "Record headers that are not legal towards a model server and were left out there.");

    public static readonly Counter<long> RecordsExpired = Meter.CreateCounter<long>(
        "seldon.functions.records.expired", "{record}", "Records that the broker deleted before they were read.");

    public static readonly Counter<long> Commits = Meter.CreateCounter<long>(
        "seldon.functions.commits", "{commit}", "Offset commits that the broker has answered.");

    public static readonly Counter<long> Rebalances = Meter.CreateCounter<long>(
        "seldon.functions.rebalances", "{rebalance}", "Changes of the partitions that this member has.");

    /// <summary>A histogram of seconds with the buckets that the conventions advise.</summary>
    private static Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram(
        name, "s", description, null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });
}
