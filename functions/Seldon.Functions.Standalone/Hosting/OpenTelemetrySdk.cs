using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Seldon.Functions.Standalone.StatusPage;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>
/// OpenTelemetry's SDK, as its own settings <c>OTEL_*</c> have it: metrics and traces go to a collector if <c>OTEL_EXPORTER_OTLP_*</c> name one.
/// </summary>
internal static class OpenTelemetrySdk
{
    private const string DefaultServiceName = "seldon-functions";
    private const string Metrics = "METRICS";
    private const string Traces = "TRACES";

    /// <param name="isScraped">Whether the metrics are served over HTTP: in Prometheus' format, and on the status page.</param>
    /// <param name="isWatched">Whether the terminal shows them.</param>
    public static void AddOpenTelemetry(this IServiceCollection services, IConfiguration configuration, bool isScraped, bool isWatched = false)
    {
        if (bool.TryParse(configuration["OTEL_SDK_DISABLED"], out var disabled) && disabled) return;
        var (metrics, traces) = (IsExported(configuration, Metrics), IsExported(configuration, Traces));
        if (!isScraped && !isWatched && !metrics && !traces) return;

        var sdk = services.AddOpenTelemetry().ConfigureResource(Describe);
        var isKept = isScraped || isWatched;
        if (isKept) services.AddSingleton(new MetricsHistory(TimeProvider.System));
        if (isKept || metrics)
        {
            sdk.WithMetrics(builder =>
            {
                builder.AddMeter(Instruments.Name);
                if (isScraped) builder.AddPrometheusExporter();
                if (isKept) builder.AddReader(services => new PeriodicExportingMetricReader(services.GetRequiredService<MetricsHistory>(), (int)MetricsHistory.Interval.TotalMilliseconds));
                if (metrics) builder.AddOtlpExporter(otlp => SetOwn(otlp, configuration, Metrics));
            });
        }
        if (traces) sdk.WithTracing(builder => builder.AddSource(Instruments.Name).AddOtlpExporter(otlp => SetOwn(otlp, configuration, Traces)));
    }

    private static void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddService(DefaultServiceName, serviceVersion: ProgramVersion.Text)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static bool IsExported(IConfiguration configuration, string signal) =>
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
