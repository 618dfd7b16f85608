using System.Buffers;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Grpc;

/// <summary>Sends a record's value as it is as the message of a unary gRPC call and takes the answer's message as it is.</summary>
internal sealed class GrpcTransport : IModelTransport
{
    /// <summary>HTTP/2 connections to one server: a single one is served by a single thread there.</summary>
    private const int Connections = 4;

    private const string NoMessage = "an answer that is no message of the protocol";

    /// <summary>By so much the server's deadline is later than ours, so that DEADLINE_EXCEEDED is always its own word.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(
        static (message, context) =>
        {
            context.SetPayloadLength(message.Length);
            context.GetBufferWriter().Write(message);
            context.Complete();
        },
        static context => context.PayloadAsNewBuffer());

    private readonly GrpcChannel[] _channels = new GrpcChannel[Connections];
    private readonly CallInvoker[] _invokers = new CallInvoker[Connections];
    private readonly GrpcChannel _aloneChannel;
    private readonly CallInvoker _alone;
    private readonly Dictionary<GrpcMethod, Method<byte[], byte[]>> _methods = [];
    private readonly Dictionary<GrpcMethod, IReadOnlyList<Header>> _entityHeaders = [];
    private readonly Method<byte[], byte[]> _readyMethod;
    private readonly byte[] _readyRequest;
    private readonly Protocol _protocol;
    private readonly ModelSelector _model;
    private readonly GrpcMetadata _metadata;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private int _next;

    /// <param name="route">The route; http in its address means HTTP/2 without TLS.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="time">The clock.</param>
    public GrpcTransport(RouteOptions route, Protocol protocol, TimeProvider time)
    {
        (_protocol, _model, _timeout, _time) = (protocol, route.Model, route.Limits.Timeout, time);
        _metadata = new GrpcMetadata(new CallHeaders(route.Headers, route.TokenFile, time), route.Compress);
        var server = route.GrpcUrl!;
        Address = server;
        Name = $"gRPC {server.GetLeftPart(UriPartial.Authority)} {_model.Name}";
        for (var i = 0; i < Connections; i++)
        {
            _channels[i] = GrpcChannel.ForAddress(server, Options(route));
            _invokers[i] = _channels[i].CreateCallInvoker();
        }
        _aloneChannel = GrpcChannel.ForAddress(server, Options(route));
        _alone = _aloneChannel.CreateCallInvoker();
        foreach (var method in protocol.Methods)
        {
            _methods[method] = ToMethod(method.Path);
            _entityHeaders[method] = [new Header(HeaderNames.ProtoName, method.ResponseType)];
        }
        _readyMethod = ToMethod(protocol.GrpcReadyPath);
        _readyRequest = protocol.GrpcReadyRequest(_model);
    }

    public string Name { get; }

    public Transport Kind => Transport.Grpc;

    public Uri Address { get; }

    public ModelRequest? Prepare(Record record, out Rejection? rejection)
    {
        rejection = null;
        var count = record.Headers.Count(HeaderNames.ProtoName, out var name);
        if (count != 1)
        {
            rejection = count == 0
                ? new Rejection(RejectionReason.MissingProtoName, "A gRPC record needs the header proto-name.")
                : new Rejection(RejectionReason.RepeatedProtoName, $"The header proto-name stands there {count} times.");
            return null;
        }
        foreach (var method in _protocol.Methods)
        {
            if (name is null || !name.AsSpan().SequenceEqual(method.RequestType)) continue;
            var check = method.Check(record.Value!, _model);
            if (check.Problem is null)
                return new ModelRequest(record, method.ToRequest?.Invoke(record.Value!, _model) ?? record.Value!, null, method, check.NamesOtherModel);
            rejection = new Rejection(RejectionReason.InvalidProtobuf, check.Problem);
            return null;
        }
        rejection = new Rejection(RejectionReason.UnknownProtoName,
            $"The header proto-name, {Show(name)}, {ProtocolTable.WhyNot(_protocol, name)}.");
        return null;
    }

    public async ValueTask<Reply> SendAsync(ModelRequest request, bool alone, CancellationToken cancellationToken)
    {
        var method = request.Method!;
        try
        {
            var body = await CallAsync(alone ? _alone : Next(), _methods[method], request.Body, _metadata.Of(request.Record), cancellationToken).ConfigureAwait(false);
            if (body.Length == 0 || !method.Response.Matches(body)) return Reply.InvalidAnswer(NoMessage);
            return method.FailureIn(body) is { } failure ? Reply.Of(failure.Fault, failure.Status) : Reply.Answer(body, _entityHeaders[method]);
        }
        catch (RpcException failure)
        {
            return ToReply(failure, request);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return failure.InnerException switch
            {
                TimeoutException => TransportFailure.ToReply(failure),
                RpcException { StatusCode: StatusCode.Cancelled } => Reply.Of(Fault.Ambiguous, ToText(StatusCode.Cancelled)),
                _ => Reply.ServerTimedOut(ToText(StatusCode.DeadlineExceeded)),
            };
        }
    }

    public async ValueTask<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var body = await CallAsync(Next(), _readyMethod, _readyRequest, _metadata.OfProbe(), cancellationToken).ConfigureAwait(false);
            return _protocol.IsReadyMessage(body) ? null : $"says on {_protocol.GrpcReadyPath} that the model is not available";
        }
        catch (RpcException failure) when (failure.Status.DebugException is { } cause)
        {
            return TransportFailure.ToReply(cause).What;
        }
        catch (RpcException failure)
        {
            // A server without this method is there, and no more can be asked of it.
            if (failure.StatusCode == StatusCode.Unimplemented) return null;
            if (_protocol.IsGrpcReadyCallOnlyForPresence && failure.StatusCode is StatusCode.Unknown or StatusCode.Internal or StatusCode.NotFound) return null;
            return $"answers {ToText(failure.StatusCode)} to {_protocol.GrpcReadyPath}";
        }
    }

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
        _aloneChannel.Dispose();
    }

    private static GrpcChannelOptions Options(RouteOptions route) => new()
    {
        HttpHandler = new SocketsHttpHandler
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
        },
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

    private CallInvoker Next() => _invokers[(uint)Interlocked.Increment(ref _next) % Connections];

    private async Task<byte[]> CallAsync(CallInvoker invoker, Method<byte[], byte[]> method, byte[] message, Metadata headers, CancellationToken cancellationToken)
    {
        var options = new CallOptions(headers, (_time.GetUtcNow() + _timeout + Grace).UtcDateTime, cancellationToken);
        using var call = invoker.AsyncUnaryCall(method, null, options, message);
        return await call.ResponseAsync.ConfigureAwait(false);
    }

    private Reply ToReply(RpcException failure, ModelRequest request)
    {
        var status = ToText(failure.StatusCode);
        if (failure.StatusCode == StatusCode.DeadlineExceeded) return Reply.ServerTimedOut(status);
        if (IsNoAnswer(failure.Status)) return Reply.InvalidAnswer(NoMessage);
        if (failure.Status.DebugException is { } cause) return TransportFailure.ToReply(cause);
        if (failure.StatusCode == StatusCode.NotFound && request.NamesOtherModel) return Reply.UnknownModel(status);
        var fault = _protocol.FaultOfGrpc(failure.Status);
        return fault == Fault.Record && failure.StatusCode == StatusCode.ResourceExhausted
            ? Reply.TooLarge("or this client refused a message that is larger than its limit", status)
            : Reply.Of(fault, status);
    }

    /// <summary>What the client itself says when an OK comes without a whole message, or not from a gRPC server at all.</summary>
    private static bool IsNoAnswer(in Status status) =>
        status.DebugException is InvalidDataException
        || (status.StatusCode == StatusCode.Internal && status.Detail.StartsWith("Failed to deserialize response message", StringComparison.Ordinal))
        || (status.StatusCode == StatusCode.Cancelled && status.Detail.StartsWith("Bad gRPC response. Invalid content-type", StringComparison.Ordinal));

    private static Method<byte[], byte[]> ToMethod(string path)
    {
        var slash = path.LastIndexOf('/');
        return new Method<byte[], byte[]>(MethodType.Unary, path[1..slash], path[(slash + 1)..], Bytes, Bytes);
    }

    private static string Show(byte[]? name) =>
        name is { Length: <= 100 } && ForwardableHeaders.TryGetText(name, out var text) ? $"'{text}'" : $"{name?.Length ?? 0} bytes long";

    /// <summary>The status in the field's spelling: <c>INVALID_ARGUMENT</c>.</summary>
    private static string ToText(StatusCode status) =>
        string.Concat(status.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));
}
