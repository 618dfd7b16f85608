using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Standalone.StatusPage;

/// <summary>The status page at <c>/</c>, and what it shows as JSON at <c>/status</c>. Both only tell; the page loads nothing from elsewhere.</summary>
internal static class StatusEndpoints
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly byte[] Page = ReadPage();

    public static void UseStatusPage(this IApplicationBuilder application)
    {
        var services = application.ApplicationServices;
        // There is none where OpenTelemetry's SDK is disabled.
        if (services.GetService<MetricsHistory>() is not { } history) return;
        var (status, time) = (services.GetRequiredService<StreamStatus>(), TimeProvider.System);
        var startedAt = time.GetUtcNow();
        application.Use((context, next) => (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET" or "HEAD", "/") => WriteAsync(context, "text/html; charset=utf-8", Page),
            ("GET" or "HEAD", "/status") => WriteAsync(
                context, "application/json", JsonSerializer.SerializeToUtf8Bytes(StatusDocument.Of(status, history.Read(), startedAt, time), StatusJson.Default.StatusDocument)),
            _ => next(context),
        });
    }

    private static Task WriteAsync(HttpContext context, string type, byte[] body)
    {
        var response = context.Response;
        (response.ContentType, response.ContentLength) = (type, body.Length);
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static byte[] ReadPage()
    {
        using var page = typeof(StatusEndpoints).Assembly.GetManifestResourceStream("status.html")!;
        using var bytes = new MemoryStream();
        page.CopyTo(bytes);
        return bytes.ToArray();
    }
}
