using System.Diagnostics.Metrics;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Models;

/// <summary>What is observed of the endpoints that there are.</summary>
internal static class EndpointGauges
{
    /// <summary>The endpoints.</summary>
    public static readonly LiveSources<ModelEndpoint> All = new();

    public static readonly ObservableUpDownCounter<int> ActiveCalls = Instruments.Meter.CreateObservableUpDownCounter(
        "seldon.functions.calls.active", () => All.Select(e => e.Calls.Measure(e.Calls.Active)), "{call}", "Calls to a model server in flight.");

    public static readonly ObservableUpDownCounter<int> CallLimit = Instruments.Meter.CreateObservableUpDownCounter(
        "seldon.functions.calls.active.limit", () => All.Select(e => e.Calls.Measure(e.Limit)), "{call}", "The most calls to a model server in flight, as it is set or has been found.");

    public static readonly ObservableGauge<int> GateClosed = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.gate.closed", () => All.Select(e => e.Calls.Measure(e.IsHolding ? 1 : 0)), null, "1 while the records for an endpoint wait because it is unavailable, else 0.");

    public static readonly ObservableCounter<double> GateClosedTime = Instruments.Meter.CreateObservableCounter(
        "seldon.functions.gate.closed.time", () => All.Select(e => e.Calls.Measure(e.HoldingTime.TotalSeconds)), "s", "How long the records for an endpoint have waited because it was out.");

    public static readonly ObservableGauge<int> MergingOff = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.merging.off", () => All.Select(e => e.Calls.Measure(e.MergingOff)), "{kind}", "Kinds of requests that are not merged for a minute, because the model refuses merged ones.");

    public static readonly ObservableUpDownCounter<int> Unproven = Instruments.Meter.CreateObservableUpDownCounter(
        "seldon.functions.records.unproven", () => All.Select(e => e.Calls.Measure(e.Unproven.Count)), "{record}", "Records that have failed and are retried until it is clear whose fault that is.");

    public static readonly ObservableGauge<double> UnprovenAge = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.records.unproven.age", () => All.Select(e => e.Calls.Measure(e.Unproven.OldestAge.TotalSeconds)), "s", "How long ago the first of these records failed first.");
}
