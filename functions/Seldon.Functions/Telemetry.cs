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
}
