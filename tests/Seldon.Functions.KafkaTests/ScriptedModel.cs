using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Seldon.Functions.KafkaTests;

/// <summary>A TensorFlow REST server whose answers are written by the test.</summary>
internal sealed class ScriptedModel : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedModel(WebApplication app) => _app = app;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="answer">The answer's JSON to a request's JSON.</param>
    public static async Task<ScriptedModel> StartAsync(Func<string, string> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "application/json";
            using var body = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(HttpMethods.IsGet(context.Request.Method)
                ? """{"model_version_status":[{"version":"1","state":"AVAILABLE"}]}"""
                : answer(await body.ReadToEndAsync(context.RequestAborted)));
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ScriptedModel(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
