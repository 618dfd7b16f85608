using Microsoft.Extensions.Configuration;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Seldon.Functions.Standalone;

/// <summary>Sends metrics and traces to a collector, if OpenTelemetry's settings <c>OTEL_EXPORTER_OTLP_*</c> name one.</summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private OtlpExport(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Sends from now on, until it is disposed.</summary>
    public static OtlpExport Start(IConfiguration configuration) => new(
        IsWanted(configuration, "METRICS") ? OpenTelemetrySdk.Metrics(configuration)?.AddOtlpExporter().Build() : null,
        IsWanted(configuration, "TRACES") ? OpenTelemetrySdk.Traces(configuration)?.AddOtlpExporter().Build() : null);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static bool IsWanted(IConfiguration configuration, string signal) =>
        !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"]?.Trim(), "none", StringComparison.OrdinalIgnoreCase)
        && !(string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) && string.IsNullOrWhiteSpace(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]));
}
