using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Seldon.Functions.Options;

namespace Seldon.Functions.Models.Grpc;

/// <summary>The HTTP/2 connections to one server, and one more for calls that may break theirs.</summary>
internal sealed class GrpcConnections : IDisposable
{
    /// <summary>A single connection is served by a single thread at the server.</summary>
    private const int Count = 4;

    /// <summary>By so much the server's deadline is later than ours, so that DEADLINE_EXCEEDED is always its own word.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly GrpcChannel[] _channels = new GrpcChannel[Count + 1];
    private readonly CallInvoker[] _invokers = new CallInvoker[Count];

    /// <param name="route">The route; http in its address means HTTP/2 without TLS.</param>
    public GrpcConnections(RouteOptions route)
    {
        for (var i = 0; i < _channels.Length; i++) _channels[i] = GrpcChannel.ForAddress(route.GrpcUrl!, Options(route));
        for (var i = 0; i < Count; i++) _invokers[i] = _channels[i].CreateCallInvoker();
        Alone = _channels[Count].CreateCallInvoker();
    }

    /// <summary>The connection for one call at a time.</summary>
    public CallInvoker Alone { get; }

    /// <summary>One of the others; numbers that follow each other give different ones.</summary>
    public CallInvoker Of(long number) => _invokers[number % Count];

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }

    private static GrpcChannelOptions Options(RouteOptions route) => new()
    {
        HttpHandler = new ConnectionHeaders(route.Limits.Timeout + Grace, route.HostHeader, new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = route.Tls.ToSslOptions(),
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Without it the channel connects by itself: it waits up to two minutes between attempts, failing all calls meanwhile,
            // and a refused connection looks like a broken one.
            ConnectCallback = ConnectAsync,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            // Servers answer pings on idle connections with GOAWAY "too many pings".
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = route.Limits.MaxResponseBytes,
        MaxSendMessageSize = null,
        // The only retries are the endpoint's.
        MaxRetryAttempts = null,
        ServiceConfig = null,
        ThrowOperationCanceledOnCancellation = true,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
