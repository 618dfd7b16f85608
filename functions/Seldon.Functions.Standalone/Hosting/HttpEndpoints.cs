using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Seldon.Functions.Demo;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Standalone.StatusPage;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>
/// What a host answers over HTTP: the status page at <c>/</c>, <c>/health/live</c>, <c>/health/ready</c>, and <c>/metrics</c> in Prometheus'
/// text format. <c>/live</c> and <c>/ready</c> are the same, where Seldon's operator asks its executor.
/// </summary>
internal static class HttpEndpoints
{
    private const string MetricsPath = "/metrics";
    private const string Live = "live";
    private const string Ready = "ready";

    /// <summary>A builder of an application that answers on this port; its services lack the <see cref="StreamStatus"/> that the health checks read.</summary>
    /// <param name="address">The address to listen at; null for all.</param>
    public static WebApplicationBuilder CreateBuilder(int port, IPAddress? address = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (address is null) kestrel.ListenAnyIP(port);
            else kestrel.Listen(address, port);
        });
        builder.Services.AddHealthChecks()
            .AddCheck<PollLoopCheck>("poll loop", tags: [Live])
            .AddCheck<ConsumerGroupCheck>("consumer group", tags: [Ready]);
        return builder;
    }

    /// <param name="metricsPath">Where the metrics are besides <c>/metrics</c>.</param>
    public static WebApplication Build(WebApplicationBuilder builder, string? metricsPath = null)
    {
        var application = builder.Build();
        foreach (var tag in (string[])[Live, Ready])
        {
            var options = new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag), ResponseWriter = (context, report) => WriteAsync(context, tag, report) };
            application.UseHealthChecks($"/health/{tag}", options).UseHealthChecks($"/{tag}", options);
        }
        // There is none where OpenTelemetry's SDK is disabled.
        if (application.Services.GetService<MeterProvider>() is not null)
        {
            foreach (var path in new[] { MetricsPath, metricsPath ?? MetricsPath }.Distinct()) application.UseOpenTelemetryPrometheusScrapingEndpoint(path);
        }
        application.UseStatusPage();
        application.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return WriteAsync(context, "Here are /, /status, /health/live, /health/ready and /metrics.\n");
        });
        return application;
    }

    /// <summary>Answers before there is anything to show: the process is alive and not ready.</summary>
    /// <param name="why">What it waits for.</param>
    public static WebApplication BuildNotReady(int port, IPAddress? address, Func<string> why)
    {
        var builder = CreateBuilder(port, address);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        var application = builder.Build();
        application.Run(context =>
        {
            if (context.Request.Path.Value is $"/health/{Live}" or $"/{Live}") return WriteAsync(context, "ok\n");
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return WriteAsync(context, $"not {Ready}: {why()}\n");
        });
        return application;
    }

    private static Task WriteAsync(HttpContext context, string tag, HealthReport report) =>
        WriteAsync(context, report.Status == HealthStatus.Healthy ? "ok\n" : $"not {tag}: {string.Join("; ", report.Entries.Values.Select(e => e.Description))}\n");

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
