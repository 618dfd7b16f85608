using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Demo;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.StatusPage;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>The generic host around the processor, with HTTP endpoints if there is a port for them.</summary>
internal static class ProcessorHost
{
    /// <param name="screen">Where the live table is shown; null for none.</param>
    public static IHost Build(IConfiguration configuration, ProcessorSettings settings, ILoggerFactory loggers, LiveScreen? screen)
    {
        IHostApplicationBuilder builder = settings.HttpPort is { } port ? HttpEndpoints.CreateBuilder(port, settings.HttpAddress) : Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddConfiguration(configuration);
        builder.Services
            .AddSingleton(loggers)
            .AddSingleton(_ => InferenceEngine.Create(settings.Engine, loggers, TimeProvider.System))
            .AddSingleton(services => new StreamProcessor(services.GetRequiredService<InferenceEngine>(), settings.Kafka, TimeProvider.System, loggers))
            .AddSingleton(services => services.GetRequiredService<StreamProcessor>().Status)
            .AddSingleton(settings)
            .AddSingleton(TimeProvider.System)
            .AddHostedService<ProgressLog>()
            .AddSingleton<ProcessorService>()
            .AddHostedService(services => services.GetRequiredService<ProcessorService>())
            .AddSingleton<IHostLifetime, OwnersLifetime>()
            // The processor bounds its own drain.
            .Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan)
            .AddOpenTelemetry(configuration, isScraped: settings.HttpPort is not null, isWatched: screen is not null);
        // There is no history where OpenTelemetry's SDK is disabled.
        if (screen is not null && builder.Services.Any(s => s.ServiceType == typeof(MetricsHistory))) builder.Services.AddSingleton(screen).AddHostedService<LiveTable>();
        return builder is WebApplicationBuilder web ? HttpEndpoints.Build(web, settings.MetricsPath) : ((HostApplicationBuilder)builder).Build();
    }
}
