using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Rest;

/// <summary>Sends a record's value as it is to the protocol's REST path and takes the body of the answer as it is.</summary>
internal sealed class RestTransport : IModelTransport
{
    private const string NoObject = "The value does not start a JSON object, and no header declares another type.";

    private readonly HttpMessageInvoker _client;

    // A retry goes over a connection of its own: the server may close one after a failure without saying so, or stand behind another one.
    private readonly HttpMessageInvoker _freshClient;
    private readonly Protocol _protocol;
    private readonly string _server;
    private readonly (byte[] Name, Uri Path)[] _methods;
    private readonly Uri _path;
    private readonly Uri _readyPath;
    private readonly (NodeMethods Asked, Uri Path)[] _nodePaths;
    private readonly CallHeaders _headers;
    private readonly RestRequests _requests;
    private readonly RestAnswers _answers;
    private readonly TimeProvider _time;
    private readonly string _whyNoGrpc;

    /// <param name="route">The route; for a node of a graph, with the node's address and name.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="time">The clock.</param>
    /// <param name="asked">What a node of a graph is asked for; nothing for a model that stands alone.</param>
    public RestTransport(RouteOptions route, Protocol protocol, TimeProvider time, NodeMethods asked = NodeMethods.None)
    {
        (_protocol, _time) = (protocol, time);
        // What the address has of a path stands before the protocol's.
        _server = route.RestUrl!.AbsoluteUri.TrimEnd('/');
        _headers = new CallHeaders(route.Headers, route.TokenFile, time);
        _answers = new RestAnswers(protocol, route.Limits.MaxResponseBytes, _headers);
        _requests = new RestRequests(_headers, route.HostHeader, route.Compress);
        _methods = [.. protocol.RestMethods.Select(m => (Encoding.UTF8.GetBytes(m.Name), At(m.Path(route.Model))))];
        _nodePaths = [.. asked.Each().Select(m => (m, At(protocol.NodePath(route.Model, m))))];
        _path = _nodePaths.Length > 0
            ? _nodePaths[0].Path
            : At((protocol.RestMethods.FirstOrDefault(m => m.Name == route.Method) ?? protocol.RestMethods[0]).Path(route.Model));
        _readyPath = At(protocol.RestReadyPath(route.Model));
        Name = $"REST {_path}{(route.HostHeader is { } host ? $" (host {host})" : "")}";
        _whyNoGrpc = route.Transport == Transport.Rest ? "the transport of this route is REST" : "this route has no MODEL_GRPC_URL";
        // A new connection now and then finds servers that were added behind the same name.
        _client = Client(route, TimeSpan.FromMinutes(5));
        _freshClient = Client(route, TimeSpan.Zero);
    }

    public string Name { get; }

    public Transport Kind => Transport.Rest;

    public Uri Address => _path;

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection)
    {
        if (!call.IsAlone) return PrepareForNode(record, call, out rejection);
        if (PathOf(record, out rejection) is not { } path) return null;
        if (RestValue.IsObjectOrForeign(record.Headers, record.Value)) return new ModelRequest(record, record.Value!, path);
        rejection = NotJson(record);
        return null;
    }

    public async ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken)
    {
        using var message = _requests.ToPost(request);
        try
        {
            using var response = await (path.IsRetry ? _freshClient : _client).SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK) return await _answers.ReadAsync(response, request.Call, cancellationToken).ConfigureAwait(false);
            var words = await _answers.ReadWordsAsync(response.Content, cancellationToken).ConfigureAwait(false);
            return Failed(request, (int)response.StatusCode, words, RetryAfter(response.Headers));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return TransportFailure.ToReply(failure);
        }
    }

    public RowBody? ReadRows(ModelRequest request)
    {
        // Routers and combiners look at a message as a whole.
        if (request.Call.Method is NodeMethods.Route or NodeMethods.Aggregate) return null;
        return RestValue.TryGetJsonLength(request.Record.Headers, request.Body, out var json) ? _protocol.JsonRows?.Request(request.Body, json) : null;
    }

    public RowBody? ReadRows(ModelRequest request, in Reply answer) =>
        RestValue.TryGetJsonLength(answer.EntityHeaders, answer.Body, out var json) ? _protocol.JsonRows?.Answer(answer.Body, json) : null;

    public async ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken)
    {
        using var message = _requests.ToGet(_readyPath);
        try
        {
            using var response = await (fresh ? _freshClient : _client).SendAsync(message, cancellationToken).ConfigureAwait(false);
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    var (body, _) = await _answers.ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
                    return body is not null && _protocol.IsReadyBody(body) ? Readiness.Ready : Readiness.No($"says on GET {_readyPath.AbsolutePath} that the model is not available");

                // A server without this path is there, and no more can be asked of it.
                case HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented:
                    return Readiness.Ready;

                // No such path, or no such model: only a call can tell.
                case HttpStatusCode.NotFound:
                    return _protocol.MayLackReadyPath ? Readiness.Ready : Readiness.Unknown;

                case HttpStatusCode.BadRequest:
                    return OfBadRequest(await _answers.ReadWordsAsync(response.Content, cancellationToken).ConfigureAwait(false));

                default:
                    return Readiness.No($"answers {ToText((int)response.StatusCode)} to GET {_readyPath.AbsolutePath}{WhereTo(response)}");
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            var reply = TransportFailure.ToReply(failure);
            return reply.ConnectionLost ? Readiness.Unanswered(reply.What) : Readiness.No(reply.What);
        }
    }

    public async ValueTask<ServerAnswer> AskAsync(ServerQuestion question, CancellationToken cancellationToken)
    {
        using var message = _requests.ToGet(At(question.RestPath));
        try
        {
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var (body, _) = await _answers.ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
            return new ServerAnswer(ToText((int)response.StatusCode), false, body ?? []);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return new ServerAnswer("", false, [], TransportFailure.ToReply(failure).What);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _freshClient.Dispose();
    }

    /// <summary>Where an answer sends its caller, who does not follow: what stands behind the path may be a secret.</summary>
    private string WhereTo(HttpResponseMessage response) => response.Headers.Location is { } location
        ? $", which sends to {new Uri(_readyPath, location).GetLeftPart(UriPartial.Path)}: set the server's address to that"
        : "";

    /// <summary>What a 400 to the readiness call says: a model server says it in JSON, or without a word.</summary>
    private Readiness OfBadRequest(string words)
    {
        if (_protocol.LacksReadiness(words)) return Readiness.Ready;
        var why = words switch
        {
            "" => " without a body: it may not have loaded the model yet, or have none of this name",
            ['{', ..] => "",
            _ => ", not in JSON: the port may be another service's, or expect TLS or HTTP/2",
        };
        return Readiness.No($"answers 400 to GET {_readyPath.AbsolutePath}{why}");
    }

    /// <summary>An answer with a status that is no success. Where the record itself chose what the server does not have, it is the record's fault.</summary>
    private Reply Failed(ModelRequest request, int status, string words, TimeSpan? retryAfter)
    {
        var (fault, text) = (status == 400 && _protocol.SaysBusy(words) ? Fault.PushBack : FaultTable.OfHttp(status), ToText(status));
        if (fault == Fault.SetUp)
        {
            if (FaultTable.IsAboutCredentials(status) && _headers.IsAuthorizedBy(request.Record))
                return Reply.Chosen(RejectionReason.RefusedByModel, "it refuses the authorization that the record carries", text, words);
            if (!FaultTable.IsAboutCredentials(status) && request.Call.IsAlone && request.Path != _path)
                return Reply.Chosen(RejectionReason.UnknownMethod, "it does not have the method that the record names", text, words);
        }
        return Reply.Of(fault, text, retryAfter, words);
    }

    private static HttpMessageInvoker Client(RouteOptions route, TimeSpan connectionLifetime) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = route.Compress ? DecompressionMethods.GZip : DecompressionMethods.None,
        SslOptions = route.Tls.ToSslOptions(),
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        PooledConnectionLifetime = connectionLifetime,
    });

    /// <summary>The path of the method that the header <c>seldon-method</c> names, where the protocol has several; else the route's.</summary>
    private Uri? PathOf(Record record, out Rejection? rejection)
    {
        rejection = null;
        if (_methods.Length == 1 || record.Headers.Count(HeaderNames.Method, out var name) is not (> 0 and var count)) return _path;
        foreach (var (known, path) in _methods)
        {
            if (count == 1 && name.AsSpan().SequenceEqual(known)) return path;
        }
        rejection = new Rejection(RejectionReason.UnknownMethod,
            count > 1 ? $"The header {HeaderNames.Method} appears {count} times." : $"The header {HeaderNames.Method} names no REST method of the protocol {_protocol.Name}.");
        return null;
    }

    /// <summary>Routers and combiners get a message as it is; the others get a request, which what is an answer so far becomes.</summary>
    private ModelRequest? PrepareForNode(Record message, NodeCall call, out Rejection? rejection)
    {
        rejection = null;
        var path = Array.Find(_nodePaths, p => p.Asked == call.Method).Path;
        var value = message.Value!;
        if (call.Method == NodeMethods.Aggregate || RestValue.IsEncoded(message.Headers)) return new ModelRequest(message, value, path, Call: call);
        if (!RestValue.IsObjectOrForeign(message.Headers, value))
        {
            rejection = NotJson(message);
            return null;
        }
        if (call.Method == NodeMethods.Route || _protocol.Chain is not { } chain || !JsonText.Starts(value, "{"u8)) return new ModelRequest(message, value, path, Call: call);
        var json = RestValue.JsonLength(message.Headers, value);
        if (chain.ToRequest(value, json) is { } request)
            return new ModelRequest(request.Length == value.Length ? message : WithJsonLength(message, json + request.Length - value.Length), request, path, Call: call);
        rejection = new Rejection(RejectionReason.InvalidJson, $"The JSON object has none of {chain.Names}.");
        return null;
    }

    /// <summary>Of a protobuf message, that there is no gRPC for it.</summary>
    private Rejection NotJson(Record record) => HeaderNames.IsProtobuf(record)
        ? new Rejection(RejectionReason.UnknownProtoName, $"The header {HeaderNames.ProtoName} asks for gRPC, but {_whyNoGrpc}.")
        : new Rejection(RejectionReason.InvalidJson, NoObject + ValueStart.OfNoObject(record.Value));

    private static Record WithJsonLength(Record message, int length) => message with
    {
        Headers = [.. message.Headers.Select(h => HeaderNames.Is(h.Name, HeaderNames.InferenceHeaderContentLength) ? HeaderNames.Number(h.Name, length) : h)],
    };

    private Uri At(string path) => new($"{_server}{path}");

    private TimeSpan? RetryAfter(HttpResponseHeaders headers) =>
        headers.RetryAfter is { Date: { } date } ? date - _time.GetUtcNow() : headers.RetryAfter?.Delta;

    private static string ToText(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
