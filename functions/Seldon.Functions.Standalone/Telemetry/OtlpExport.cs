using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Seldon.Functions.Standalone.Telemetry;

/// <summary>Sends metrics and traces to a collector, if OpenTelemetry's settings <c>OTEL_EXPORTER_OTLP_*</c> name one.</summary>
internal sealed class OtlpExport : IDisposable
{
    private const string Metrics = "METRICS";
    private const string Traces = "TRACES";

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private OtlpExport(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Sends from now on, until it is disposed.</summary>
    public static OtlpExport Start(IConfiguration configuration) => new(
        IsWanted(configuration, Metrics) ? OpenTelemetrySdk.Metrics(configuration)?.AddOtlpExporter(otlp => SetOwn(otlp, configuration, Metrics)).Build() : null,
        IsWanted(configuration, Traces) ? OpenTelemetrySdk.Traces(configuration)?.AddOtlpExporter(otlp => SetOwn(otlp, configuration, Traces)).Build() : null);

    /// <summary>Sends what is left, for a few seconds at most.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static bool IsWanted(IConfiguration configuration, string signal) =>
        !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"]?.Trim(), "none", StringComparison.OrdinalIgnoreCase)
        && !(string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) && string.IsNullOrWhiteSpace(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]));

    /// <summary>The settings of one signal alone; the exporter reads only those for all signals by itself.</summary>
    private static void SetOwn(OtlpExporterOptions otlp, IConfiguration configuration, string signal)
    {
        if (Uri.TryCreate(Own("ENDPOINT"), UriKind.Absolute, out var endpoint)) otlp.Endpoint = endpoint;
        if (Own("HEADERS") is { } headers) otlp.Headers = headers;
        if (int.TryParse(Own("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var timeout)) otlp.TimeoutMilliseconds = timeout;
        otlp.Protocol = Own("PROTOCOL") switch
        {
            "grpc" => OtlpExportProtocol.Grpc,
            "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            _ => otlp.Protocol,
        };

        string? Own(string name) => configuration[$"OTEL_EXPORTER_OTLP_{signal}_{name}"] is { Length: > 0 } value ? value.Trim() : null;
    }
}
