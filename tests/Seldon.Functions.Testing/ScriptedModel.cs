using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Seldon.Functions.Testing;

/// <summary>
/// A model server on real sockets whose answer to every call is scripted by the test: REST (HTTP/1.1) on one port, gRPC
/// (HTTP/2 without TLS) on another. gRPC is spoken by hand, so that any bytes and any status can be sent.
/// </summary>
internal sealed class ScriptedModel : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly ConcurrentQueue<Call> _calls = new();
    private readonly ConcurrentQueue<Call> _probes = new();
    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private readonly HttpsConnectionAdapterOptions? _tls;

    // Bound for as long as the model is there, and never listening: the ports are its own, and refuse connections while it is stopped.
    private readonly Socket _rest = Bind(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Socket _grpc = Bind(new IPEndPoint(IPAddress.Loopback, 0));

    // Kestrel finds what it needs for TLS here.
    private readonly IHost _services = new HostBuilder().ConfigureWebHost(web => web.UseKestrelCore().UseKestrelHttpsConfiguration().Configure(_ => { })).Build();

    private KestrelServer? _server;

    private ScriptedModel(HttpsConnectionAdapterOptions? tls) => _tls = tls;

    /// <summary>What happens to a prediction call. At first: <see cref="Reactions.Digest"/>.</summary>
    public Func<Call, Reaction> Script { get; set; } = _ => Reactions.Digest;

    /// <summary>What happens to a readiness call. At first: <see cref="Reactions.Ready"/>.</summary>
    public Reaction Readiness { get; set; } = Reactions.Ready;

    /// <summary>The prediction calls that arrived, in order.</summary>
    public IReadOnlyCollection<Call> Calls => _calls;

    /// <summary>The readiness calls that arrived, in order.</summary>
    public IReadOnlyCollection<Call> Probes => _probes;

    public string RestUrl => $"{Scheme}://{_rest.LocalEndPoint}";

    public string GrpcUrl => $"{Scheme}://{_grpc.LocalEndPoint}";

    private string Scheme => _tls is null ? "http" : "https";

    /// <param name="tls">How TLS is spoken; null for plain text.</param>
    public static async Task<ScriptedModel> StartAsync(HttpsConnectionAdapterOptions? tls = null)
    {
        var model = new ScriptedModel(tls);
        await model.RestartAsync();
        return model;
    }

    /// <summary>How many prediction calls of this record arrived.</summary>
    public int CallsOf(Record record) => _attempts.GetValueOrDefault($"{record.Topic}-{record.Partition}-{record.Offset}");

    /// <summary>Listens again, on the ports that it had before.</summary>
    public async Task RestartAsync()
    {
        var options = new KestrelServerOptions { ApplicationServices = _services.Services };
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MaxResponseBufferSize = null;
        options.Listen(_rest.LocalEndPoint!, listen => Listen(listen, HttpProtocols.Http1));
        options.Listen(_grpc.LocalEndPoint!, listen => Listen(listen, HttpProtocols.Http2));
        var logs = NullLoggerFactory.Instance;
        var sockets = new SocketTransportOptions { CreateBoundListenSocket = Bind };
        _server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(options), new SocketTransportFactory(Microsoft.Extensions.Options.Options.Create(sockets), logs), logs);
        await _server.StartAsync(this, CancellationToken.None);
    }

    /// <summary>Stops listening and breaks every connection.</summary>
    public async Task StopAsync()
    {
        if (_server is null) return;
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _rest.Dispose();
        _grpc.Dispose();
        _services.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        try
        {
            var isGrpc = context.Connection.LocalPort == ((IPEndPoint)_grpc.LocalEndPoint!).Port;
            // A record may ask for the model's status, too, but a probe is for no record; nor is a call for several records for one.
            var isProbe = isGrpc ? !context.Request.Headers.ContainsKey("seldon-puid") && !IsInference(context.Request.Path.Value!) : HttpMethods.IsGet(context.Request.Method);
            var call = await Call.ReadAsync(context, isGrpc, isProbe ? _ => 1 : puid => _attempts.AddOrUpdate(puid, 1, (_, n) => n + 1));
            (isProbe ? _probes : _calls).Enqueue(call);
            await (isProbe ? Readiness : Script(call))(context, call);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, or the test has broken the connection.
        }
    }

    private static bool IsInference(string path) => path[(path.LastIndexOf('/') + 1)..] is "Predict" or "Classify" or "Regress" or "ModelInfer";

    private void Listen(ListenOptions listen, HttpProtocols protocols)
    {
        listen.Protocols = protocols;
        if (_tls is not null) listen.UseHttps(_tls);
    }

    /// <summary>Several sockets of this process may share a port; connections go to the one that listens.</summary>
    private static Socket Bind(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(address);
        return socket;
    }

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
