using System.Diagnostics.Metrics;

namespace Seldon.Functions;

/// <summary>The meter <c>Seldon.Functions</c>.</summary>
internal static class Telemetry
{
    public static readonly Meter Meter = new("Seldon.Functions");

    /// <summary>Seconds of one call to a model server, by endpoint and by whose fault its failure was.</summary>
    public static readonly Histogram<double> CallDuration = Meter.CreateHistogram<double>(
        "seldon.functions.call.duration", "s", "Duration of one call to a model server.");

    /// <summary>Record headers that are not legal towards a model and were left out there.</summary>
    public static readonly Counter<long> HeadersSkipped = Meter.CreateCounter<long>(
        "seldon.functions.headers.skipped", "{header}", "Record headers that a model server cannot be sent.");

    /// <summary>Records taken from an input topic.</summary>
    public static readonly Counter<long> RecordsRead = Meter.CreateCounter<long>(
        "seldon.functions.records.read", "{record}", "Records taken from an input topic.");

    /// <summary>Seconds from reading a record to the acknowledgement of its result or dead letter.</summary>
    public static readonly Histogram<double> RecordDuration = Meter.CreateHistogram<double>(
        "seldon.functions.record.duration", "s", "Time from reading a record to the acknowledgement of what became of it.");

    /// <summary>Records of an input partition that expired on the topic before they were read.</summary>
    public static readonly Counter<long> RecordsExpired = Meter.CreateCounter<long>(
        "seldon.functions.records.expired", "{record}", "Records that the broker deleted before they were read.");

    /// <summary>Acknowledged publications, by outcome: <c>answered</c> or <c>rejected</c>.</summary>
    public static readonly Counter<long> RecordsPublished = Meter.CreateCounter<long>(
        "seldon.functions.records.published", "{record}", "Results and dead letters that the broker has acknowledged.");
}
