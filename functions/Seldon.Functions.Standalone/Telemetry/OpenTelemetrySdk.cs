using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Standalone.Telemetry;

/// <summary>OpenTelemetry's SDK, as its own settings <c>OTEL_*</c> have it.</summary>
internal static class OpenTelemetrySdk
{
    private const string DefaultServiceName = "seldon-functions";

    /// <summary>Takes the metrics; null when the SDK is disabled.</summary>
    public static MeterProviderBuilder? Metrics(IConfiguration configuration) => IsDisabled(configuration) ? null : Sdk.CreateMeterProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(configuration))
        .ConfigureResource(Describe)
        .AddMeter(Instruments.Name);

    /// <summary>Takes the traces; null when the SDK is disabled.</summary>
    public static TracerProviderBuilder? Traces(IConfiguration configuration) => IsDisabled(configuration) ? null : Sdk.CreateTracerProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(configuration))
        .ConfigureResource(Describe)
        .AddSource(Instruments.Name);

    private static bool IsDisabled(IConfiguration configuration) => bool.TryParse(configuration["OTEL_SDK_DISABLED"], out var disabled) && disabled;

    private static void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddService(DefaultServiceName, serviceVersion: typeof(InferenceEngine).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
