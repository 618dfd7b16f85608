using System.Buffers;
using Grpc.Core;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Grpc;

/// <summary>Sends a record's value as it is as the message of a unary gRPC call and takes the answer's message as it is.</summary>
internal sealed class GrpcTransport : IModelTransport
{
    private static readonly Marshaller<ModelRequest> Request = Marshallers.Create<ModelRequest>(
        static (request, context) =>
        {
            context.SetPayloadLength(request.Content.Count);
            context.GetBufferWriter().Write(request.Content);
            context.Complete();
        },
        static _ => throw new NotSupportedException());

    private static readonly Marshaller<byte[]> Answer = Marshallers.Create<byte[]>(static (_, _) => throw new NotSupportedException(), static context => context.PayloadAsNewBuffer());

    private readonly GrpcConnections _connections;
    private readonly (NodeMethods Asked, IReadOnlyList<GrpcMethod> Methods)[] _nodeMethods;
    private readonly Dictionary<GrpcMethod, Method<ModelRequest, byte[]>> _methods = [];
    private readonly Dictionary<GrpcMethod, IReadOnlyList<Header>> _entityHeaders = [];
    private readonly Method<ModelRequest, byte[]> _readyMethod;
    private readonly ModelRequest _readyRequest;
    private readonly Protocol _protocol;
    private readonly ModelSelector _model;
    private readonly CallHeaders _headers;
    private readonly GrpcMetadata _metadata;
    private readonly byte[]? _defaultType;
    private readonly string _whyNoRest;
    private long _probes;

    /// <param name="route">The route; for a node of a graph, with the node's address and name.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="time">The clock.</param>
    /// <param name="asked">What a node of a graph is asked for; nothing for a model that stands alone.</param>
    public GrpcTransport(RouteOptions route, Protocol protocol, TimeProvider time, NodeMethods asked = NodeMethods.None)
    {
        (_protocol, _model) = (protocol, route.Model);
        _headers = new CallHeaders(route.Headers, route.TokenFile, time);
        _metadata = new GrpcMetadata(_headers, route.Compress);
        var server = route.GrpcUrl!;
        Address = server;
        _defaultType = route.DefaultProtoName is { } type ? System.Text.Encoding.UTF8.GetBytes(type) : null;
        _whyNoRest = route.Transport == Transport.Grpc ? "the transport of this route is gRPC" : "this route has no MODEL_REST_URL";
        Name = $"gRPC {server.GetLeftPart(UriPartial.Authority)}{(route.HostHeader is { } host ? $" (host {host})" : "")} {_model.Name}";
        _connections = new GrpcConnections(route);
        _nodeMethods = [.. asked.Each().Select(m => (m, protocol.MethodsOfNode(m)))];
        foreach (var method in _nodeMethods.SelectMany(n => n.Methods).Concat(protocol.Methods).Distinct())
        {
            _methods[method] = ToMethod(method.Path);
            _entityHeaders[method] = [new Header(HeaderNames.ProtoName, method.ResponseType)];
        }
        _readyMethod = ToMethod(protocol.GrpcReadyPath);
        _readyRequest = new ModelRequest(new Record("", 0, 0, 0, null, null, []), protocol.GrpcReadyRequest(_model), null);
    }

    public string Name { get; }

    public Transport Kind => Transport.Grpc;

    public Uri Address { get; }

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection)
    {
        rejection = null;
        var count = record.Headers.Count(HeaderNames.ProtoName, out var name);
        if (count == 0 && _defaultType is not null) (count, name) = (1, _defaultType);
        if (count != 1)
        {
            rejection = count == 0
                ? new Rejection(RejectionReason.MissingProtoName, $"A gRPC request needs the header {HeaderNames.ProtoName}, and {_whyNoRest}.")
                : new Rejection(RejectionReason.RepeatedProtoName, $"The header {HeaderNames.ProtoName} appears {count} times.");
            return null;
        }
        foreach (var method in call.IsAlone ? _protocol.Methods : Array.Find(_nodeMethods, m => m.Asked == call.Method).Methods)
        {
            if (name is null || !name.AsSpan().SequenceEqual(method.RequestType)) continue;
            if (call.Use == AnswerUse.Chained && method.CheckChained is null)
            {
                rejection = new Rejection(RejectionReason.UnknownProtoName, $"The answer to {Show(name)} cannot be the next node's request.");
                return null;
            }
            var (request, check) = call.IsAlone ? (record.Value!, method.Check(record.Value!, _model)) : Readdress(method, record.Value!, call);
            if (check.Problem is null)
                return new ModelRequest(record, method.ToRequest?.Invoke(request, _model) ?? request, null, method, check.NamesOtherModel, call);
            rejection = new Rejection(RejectionReason.InvalidProtobuf, check.Problem + ValueStart.OfNoMessage(request));
            return null;
        }
        rejection = new Rejection(RejectionReason.UnknownProtoName,
            $"The header proto-name, {Show(name)}, {ProtocolTable.WhyNot(_protocol, name)}{(ProtocolTable.Nearest(_protocol, name) is { } near ? $": write exactly {near}" : "")}.");
        return null;
    }

    public async ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken)
    {
        var method = request.Method!;
        try
        {
            var invoker = path.IsAlone ? _connections.Alone : _connections.Of(path.Connection);
            var (body, attributes) = await CallAsync(invoker, _methods[method], request, _metadata.Of(request), cancellationToken).ConfigureAwait(false);
            if ((body.Length == 0 && !method.MayAnswerNothing) || !method.Response.Matches(body)) return Reply.InvalidAnswer(GrpcFailures.NoMessage);
            if (method.FailureIn(body) is { } failed) return Reply.Of(failed.Fault, failed.Status);
            return FindProblem(body, method, request.Call) is { } problem ? Reply.InvalidAnswer(problem) : Reply.Answer(body, attributes.Count == 0 ? _entityHeaders[method] : [.. _entityHeaders[method], .. attributes]);
        }
        catch (RpcException failure)
        {
            return GrpcFailures.ToReply(failure, _headers.Mask(failure.Status.Detail), new OwnChoices(
                request.NamesOtherModel, request.Call.IsAlone && !method.RequestType.AsSpan().SequenceEqual(_defaultType ?? _protocol.Methods[0].RequestType), _headers.IsAuthorizedBy(request.Record)));
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return failure.InnerException switch
            {
                TimeoutException => TransportFailure.ToReply(failure),
                RpcException { StatusCode: StatusCode.Cancelled } => Reply.Of(Fault.Ambiguous, GrpcFailures.ToText(StatusCode.Cancelled)),
                _ => Reply.ServerTimedOut(GrpcFailures.ToText(StatusCode.DeadlineExceeded)),
            };
        }
    }

    public RowBody? ReadRows(ModelRequest request) =>
        // Routers and combiners look at a message as a whole.
        request.Call.Method is NodeMethods.Route or NodeMethods.Aggregate ? null : request.Method!.Rows?.Request(request.Body, 0);

    public RowBody? ReadRows(ModelRequest request, in Reply answer) => request.Method!.Rows?.Answer(answer.Body, 0);

    public async ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken)
    {
        try
        {
            var (body, _) = await CallAsync(_connections.Of(Interlocked.Increment(ref _probes)), _readyMethod, _readyRequest, _metadata.OfProbe(), cancellationToken).ConfigureAwait(false);
            return _protocol.IsReadyMessage(body) ? Readiness.Ready : Readiness.No($"says on {_protocol.GrpcReadyPath} that the model is not available");
        }
        catch (RpcException failure) when (failure.Status.DebugException is { } cause)
        {
            var reply = TransportFailure.ToReply(cause);
            return reply.ConnectionLost ? Readiness.Unanswered(reply.What) : Readiness.No(reply.What);
        }
        catch (RpcException failure)
        {
            // A server without this method is there, and no more can be asked of it.
            if (failure.StatusCode == StatusCode.Unimplemented) return Readiness.Ready;
            if (_protocol.IsGrpcReadyCallOnlyForPresence && failure.StatusCode is StatusCode.Unknown or StatusCode.Internal or StatusCode.NotFound) return Readiness.Ready;
            return Readiness.No($"answers {GrpcFailures.ToText(failure.StatusCode)} to {_protocol.GrpcReadyPath}");
        }
    }

    public async ValueTask<ServerAnswer> AskAsync(ServerQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            var request = _readyRequest with { Body = question.GrpcRequest };
            var (body, _) = await CallAsync(_connections.Of(0), ToMethod(question.GrpcPath), request, _metadata.OfProbe(), cancellationToken).ConfigureAwait(false);
            return new ServerAnswer("OK", true, body);
        }
        catch (RpcException failure) when (failure.Status.DebugException is { } cause && !cancellationToken.IsCancellationRequested)
        {
            return new ServerAnswer("", true, [], TransportFailure.ToReply(cause).What);
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return new ServerAnswer(GrpcFailures.ToText(failure.StatusCode), true, []);
        }
    }

    public void Dispose() => _connections.Dispose();

    private static async Task<(byte[] Body, IReadOnlyList<Header> Attributes)> CallAsync(CallInvoker invoker, Method<ModelRequest, byte[]> method, ModelRequest request, Metadata headers, CancellationToken cancellationToken)
    {
        var options = new CallOptions(headers, deadline: null, cancellationToken);
        using var call = invoker.AsyncUnaryCall(method, null, options, request);
        var body = await call.ResponseAsync.ConfigureAwait(false);
        List<Header>? attributes = null;
        Collect(await call.ResponseHeadersAsync.ConfigureAwait(false));
        Collect(call.GetTrailers());
        return (body, (IReadOnlyList<Header>?)attributes ?? []);

        void Collect(Metadata metadata)
        {
            foreach (var entry in metadata)
            {
                if (!entry.IsBinary && CloudEvents.IsOfAnswer(entry.Key)) (attributes ??= []).Add(CloudEvents.ToRecord(entry.Key, entry.Value));
            }
        }
    }

    /// <summary>
    /// In a graph, the model that a request names is the graph's entrance: each node is asked for the model of its own name, as over
    /// REST, where the name stands in the path.
    /// </summary>
    private (byte[] Request, RequestCheck Check) Readdress(GrpcMethod method, byte[] value, NodeCall call)
    {
        // What a node has answered is whole; only what it becomes by chaining has to be looked at.
        if (call.OfAnswer && method.ToRequest is null) return (value, default);
        var check = method.Check(value, _model);
        if (check.Problem is not null || !check.NamesOtherModel || method.Readdress is not { } readdress) return (value, check);
        var request = readdress(value, _model.Name);
        return (request, method.Check(request, _model));
    }

    /// <summary>Why the answer is of no use to the graph, to follow "sent"; null if it is.</summary>
    private static string? FindProblem(byte[] body, GrpcMethod method, NodeCall call)
    {
        if (call.Method == NodeMethods.Route)
            return SeldonRoute.OfMessage(body, call.Children) is null ? $"no route to one of its {call.Children} children" : null;
        return call.Use == AnswerUse.Chained && method.CheckChained!(body).Problem is not null ? "an answer that cannot be the next node's request" : null;
    }

    private static Method<ModelRequest, byte[]> ToMethod(string path)
    {
        var slash = path.LastIndexOf('/');
        return new Method<ModelRequest, byte[]>(MethodType.Unary, path[1..slash], path[(slash + 1)..], Request, Answer);
    }

    private static string Show(byte[]? name) =>
        name is { Length: <= 100 } && ForwardableHeaders.TryGetText(name, out var text) ? $"'{text}'" : $"{name?.Length ?? 0} bytes long";
}
