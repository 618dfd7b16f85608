using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Models;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Tests.Keda;

/// <summary>The series that an alert can rest on: who emits them, and whether they are there when no instance runs.</summary>
internal static class EmittedSeries
{
    /// <summary>Of KEDA's operator, of kafka_exporter and of kube-state-metrics: there whatever becomes of the processor.</summary>
    public static readonly string[] WithoutInstances =
    [
        "keda_scaler_metrics_value", "keda_scaler_active", "keda_scaler_metrics_latency_seconds", "keda_scaler_detail_errors_total",
        "keda_scaled_object_errors_total", "keda_scaled_object_paused", "keda_internal_scale_loop_latency_seconds",
        "kafka_topic_partition_current_offset", "kafka_topic_partition_oldest_offset", "kafka_consumergroup_current_offset", "kafka_consumergroup_lag",
        "kube_deployment_created",
    ];

    /// <summary>Of the standalone image, in Prometheus' spelling, as the instruments themselves say.</summary>
    public static readonly IReadOnlySet<string> OfProcessor = Names();

    private static HashSet<string> Names()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(EndpointGauges).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(StreamGauges).TypeHandle);
        var names = new HashSet<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => names.UnionWith(Spell(instrument)) };
        listener.Start();
        return names;
    }

    private static IEnumerable<string> Spell(Instrument instrument)
    {
        if (instrument.Meter.Name != Instruments.Name) return [];
        var name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (instrument.Unit == "By" && instrument.Name.EndsWith("bytes", StringComparison.Ordinal)) name = instrument.Name.Replace('.', '_');
        var kind = instrument.GetType().Name;
        if (kind.StartsWith("Histogram", StringComparison.Ordinal)) return [$"{name}_bucket", $"{name}_sum", $"{name}_count"];
        return [kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? $"{name}_total" : name];
    }
}
