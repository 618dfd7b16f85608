using System.Net;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Seldon.Functions.Demo.Dialects.OpenInference;
using Seldon.Functions.Demo.Dialects.Seldon;
using Seldon.Functions.Demo.Dialects.TensorFlow;

namespace Seldon.Functions.Demo.Model;

/// <summary>
/// A model server inside this process: the model <c>flowers</c> by Seldon's protocol, TensorFlow Serving's and V2, REST on one
/// loopback port and gRPC on another. It is the server of the demo, of tests and of throughput measurements, so nothing but
/// the request's own work is on its path: no logs, no limits on sizes, nothing read from the environment.
/// </summary>
internal sealed class EmbeddedModel : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FlowerModel _model;

    private EmbeddedModel(WebApplication app, FlowerModel model, ListenOptions rest, ListenOptions grpc) =>
        (_app, _model, RestUrl, GrpcUrl) = (app, model, UrlOf(rest), UrlOf(grpc));

    /// <summary>Where REST is served, over HTTP/1.1.</summary>
    public Uri RestUrl { get; }

    /// <summary>Where gRPC is served, over HTTP/2 without TLS.</summary>
    public Uri GrpcUrl { get; }

    /// <summary>Trains the classifier and starts to serve.</summary>
    /// <param name="maxLatency">A prediction takes between nothing and this, by its features. Zero: no wait at all.</param>
    /// <param name="cost">What a prediction costs a processor besides; nothing by default.</param>
    /// <param name="restPort">The port for REST; 0 for one that is free.</param>
    /// <param name="grpcPort">The port for gRPC; 0 for one that is free.</param>
    /// <param name="address">Where it listens; on this machine alone by default.</param>
    public static async Task<EmbeddedModel> StartAsync(TimeSpan maxLatency, TimeProvider time, CancellationToken cancellationToken, ModelCost cost = default, int restPort = 0, int grpcPort = 0, IPAddress? address = null)
    {
        ListenOptions? rest = null, grpc = null;
        var model = new FlowerModel(maxLatency, time, cost);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = int.MaxValue;
            kestrel.Listen(address ?? IPAddress.Loopback, restPort, listen => (rest = listen).Protocols = HttpProtocols.Http1);
            kestrel.Listen(address ?? IPAddress.Loopback, grpcPort, listen => (grpc = listen).Protocols = HttpProtocols.Http2);
        });
        // The host's own lifetime would take Ctrl-C for itself and stop the model while records still wait for it.
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        AddCalls(builder.Services, new SeldonGrpc(model));
        AddCalls(builder.Services, new TensorFlowGrpc(model));
        AddCalls(builder.Services, new V2Grpc(model));
        builder.Services.AddGrpc(options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (null, null));

        var app = builder.Build();
        try
        {
            Map(app, model);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new EmbeddedModel(app, model, rest!, grpc!);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>From now on predictions over gRPC are answered by this name, too.</summary>
    public void Deploy(string name) => _model.Deploy(name);

    /// <summary>Stops at once: calls in flight are cut off.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddCalls<T>(IServiceCollection services, T calls) where T : class, IServiceMethodProvider<T> =>
        services.AddSingleton(calls).AddSingleton<IServiceMethodProvider<T>>(calls);

    /// <summary>REST is told by its path before any routing; the rest is gRPC, which answers what it does not know with UNIMPLEMENTED.</summary>
    private static void Map(WebApplication app, FlowerModel model)
    {
        var (seldon, tensorFlow, v2) = (new SeldonRest(model), new TensorFlowRest(model), new V2Rest(model));
        app.Use(next => context =>
        {
            var path = context.Request.Path;
            var rest = path.StartsWithSegments(TensorFlowRest.Root, StringComparison.Ordinal) ? tensorFlow.HandleAsync
                : path.StartsWithSegments(V2Rest.Root, StringComparison.Ordinal) ? v2.HandleAsync
                : seldon.Find(path.Value!);
            return rest is null ? next(context) : rest(context);
        });
        app.UseRouting();
        app.MapGrpcService<SeldonGrpc>();
        app.MapGrpcService<TensorFlowGrpc>();
        app.MapGrpcService<V2Grpc>();
    }

    // The port is known once the server listens.
    private static Uri UrlOf(ListenOptions listen) => new($"http://{listen.IPEndPoint}");
}
