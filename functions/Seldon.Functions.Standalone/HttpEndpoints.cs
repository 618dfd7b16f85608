using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Standalone.Telemetry;

namespace Seldon.Functions.Standalone;

/// <summary>
/// What a host answers over HTTP, on all interfaces: <c>/health/live</c>, <c>/health/ready</c>, and <c>/metrics</c> in Prometheus'
/// text format. <c>/live</c> and <c>/ready</c> are the same, where Seldon's operator asks its executor.
/// </summary>
internal sealed class HttpEndpoints : IAsyncDisposable
{
    private const string MetricsPath = "/metrics";

    private readonly WebApplication? _application;
    private readonly MeterProvider? _metrics;

    private HttpEndpoints(WebApplication? application, MeterProvider? metrics) => (_application, _metrics) = (application, metrics);

    /// <summary>Answers from now on; without a port, nothing is opened. Every series begins with 0 if the processor is started later than this.</summary>
    /// <param name="metricsPath">Where the metrics are besides <c>/metrics</c>.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port may not be opened.</exception>
    public static async Task<HttpEndpoints> StartAsync(int? port, StreamStatus status, IConfiguration configuration, string? metricsPath = null)
    {
        if (port is null) return new HttpEndpoints(null, null);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenAnyIP(port.Value);
        });
        // The usual lifetime would take SIGTERM and Ctrl+C for itself.
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        var metrics = OpenTelemetrySdk.Metrics(configuration)?.AddPrometheusExporter().Build();
        var application = builder.Build();
        var endpoints = new HttpEndpoints(application, metrics);
        foreach (var path in new[] { MetricsPath, metricsPath ?? MetricsPath }.Distinct())
        {
            if (metrics is not null) application.UseOpenTelemetryPrometheusScrapingEndpoint(metrics, null, path, null, null);
        }
        application.Run(context => AnswerAsync(context, status));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return endpoints;
        }
        catch
        {
            await endpoints.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null) await _application.DisposeAsync().ConfigureAwait(false);
        _metrics?.Dispose();
    }

    private static Task AnswerAsync(HttpContext context, StreamStatus status)
    {
        var problem = context.Request.Path.Value switch
        {
            "/health/live" or "/live" => status.IsTurning ? null : "the thread that polls Kafka has not come round for a minute",
            "/health/ready" or "/ready" => status.NotReady,
            _ => "",
        };
        context.Response.StatusCode = problem switch
        {
            null => StatusCodes.Status200OK,
            "" => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(problem switch
        {
            null => "ok\n",
            "" => "Here are /health/live, /health/ready and /metrics.\n",
            _ => $"not {context.Request.Path.Value!.Split('/')[^1]}: {problem}\n",
        }, context.RequestAborted);
    }
}
