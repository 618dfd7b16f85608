using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Rest;

/// <summary>Sends a record's value as it is to the protocol's REST path and takes the body of the answer as it is.</summary>
internal sealed class RestTransport : IModelTransport
{
    private const int BadRequest = 400;
    private const string MaybeNotHttp1 = "it may not speak HTTP/1.1, or only with TLS";

    private readonly HttpMessageInvoker _client;
    private readonly Protocol _protocol;
    private readonly (byte[] Name, Uri Path)[] _methods;
    private readonly Uri _path;
    private readonly Uri _readyPath;
    private readonly RestRequests _requests;
    private readonly int _maxResponseBytes;
    private readonly TimeProvider _time;

    public RestTransport(RouteOptions route, Protocol protocol, TimeProvider time)
    {
        (_protocol, _maxResponseBytes, _time) = (protocol, route.Limits.MaxResponseBytes, time);
        _requests = new RestRequests(new CallHeaders(route.Headers, route.TokenFile, time), route.Compress);
        _methods = [.. protocol.RestMethods.Select(m => (Encoding.UTF8.GetBytes(m.Name), new Uri(route.RestUrl!, m.Path(route.Model))))];
        _path = new Uri(route.RestUrl!, (protocol.RestMethods.FirstOrDefault(m => m.Name == route.Method) ?? protocol.RestMethods[0]).Path(route.Model));
        _readyPath = new Uri(route.RestUrl!, protocol.RestReadyPath(route.Model));
        Name = $"REST {_path}";
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = route.Compress ? DecompressionMethods.GZip : DecompressionMethods.None,
            SslOptions = route.Tls.ToSslOptions(),
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            // A new connection now and then finds servers that were added behind the same name.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        });
    }

    public string Name { get; }

    public Transport Kind => Transport.Rest;

    public Uri Address => _path;

    public ModelRequest? Prepare(Record record, out Rejection? rejection)
    {
        if (PathOf(record, out rejection) is not { } path) return null;
        if (RestRequests.IsEncoded(record.Headers) || StartsObject(record.Value)) return new ModelRequest(record, record.Value!, path);
        rejection = new Rejection(RejectionReason.InvalidJson, "The value does not start a JSON object.");
        return null;
    }

    // HTTP/1.1 carries one call at a time: each is alone.
    public async ValueTask<Reply> SendAsync(ModelRequest request, bool alone, CancellationToken cancellationToken)
    {
        using var message = _requests.ToPost(request);
        try
        {
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            var fault = _protocol.FaultOfHttp(status);
            if (fault == Fault.None) return await ReadAnswerAsync(response, cancellationToken).ConfigureAwait(false);
            // A server that takes the connection for something else (TLS, HTTP/2) answers 400 to everything, and not in JSON.
            if (status == BadRequest && await IsForeignAsync(response.Content, cancellationToken).ConfigureAwait(false))
                return Reply.InvalidAnswer($"400 in something else than JSON: {MaybeNotHttp1}", ToText(status));
            return Reply.Of(fault, ToText(status), RetryAfter(response.Headers));
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

    public async ValueTask<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        using var message = _requests.ToGet(_readyPath);
        try
        {
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            // A server without this path is there, and no more can be asked of it.
            if (response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented) return null;
            if (response.StatusCode == HttpStatusCode.NotFound && _protocol.MayLackReadyPath) return null;
            if (response.StatusCode == HttpStatusCode.BadRequest) return $"answers 400 to GET {_readyPath.AbsolutePath}: {MaybeNotHttp1}";
            if (response.StatusCode != HttpStatusCode.OK) return $"answers {ToText((int)response.StatusCode)} to GET {_readyPath.AbsolutePath}";
            var (body, _) = await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
            return body is not null && _protocol.IsReadyBody(body) ? null : $"says on GET {_readyPath.AbsolutePath} that the model is not available";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return TransportFailure.ToReply(failure).What;
        }
    }

    public void Dispose() => _client.Dispose();

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
            count > 1 ? $"The header {HeaderNames.Method} stands there {count} times." : $"The header {HeaderNames.Method} names no REST method of the protocol {_protocol.Name}.");
        return null;
    }

    private async ValueTask<Reply> ReadAnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (body, tooLarge) = await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (tooLarge) return Reply.TooLarge($"answered with more than {_maxResponseBytes} bytes, the limit for answers", "200");
        var headers = EntityHeaders(response);
        if (RestRequests.IsEncoded(headers)) return Reply.Answer(body!, headers);
        if (!StartsObject(body)) return Reply.InvalidAnswer("an answer that is no JSON object");
        return _protocol.FailureInJson(body!) is { } failure ? Reply.Of(failure.Fault, failure.Status) : Reply.Answer(body!, headers);
    }

    /// <summary>Whether there is a body that no model server writes: neither JSON nor encoded.</summary>
    private static async ValueTask<bool> IsForeignAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentEncoding.Count > 0) return false;
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var first = new byte[64];
        var read = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var start = first.AsSpan(0, read).IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && first[start] is not ((byte)'{' or (byte)'[' or (byte)'"');
    }

    /// <summary>The whole body in one array of its exact size, or null and true if it is larger than the limit.</summary>
    private async ValueTask<(byte[]? Body, bool TooLarge)> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength;
        if (length > _maxResponseBytes) return (null, true);
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        if (length is { } known)
        {
            var body = GC.AllocateUninitializedArray<byte>((int)known);
            await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
            return (body, false);
        }
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > _maxResponseBytes) return (null, true);
            buffer.Write(chunk, 0, read);
        }
        return (buffer.ToArray(), false);
    }

    private static List<Header> EntityHeaders(HttpResponseMessage response)
    {
        var result = new List<Header>(2);
        Add(response.Content.Headers, HeaderNames.ContentType);
        Add(response.Content.Headers, HeaderNames.ContentEncoding);
        // HTTP does not know this one as a header of the content.
        Add(response.Headers, HeaderNames.InferenceHeaderContentLength);
        return result;

        void Add(HttpHeaders headers, string name)
        {
            if (headers.NonValidated.TryGetValues(name, out var values)) result.Add(HeaderNames.Text(name, values.ToString()));
        }
    }

    private static bool StartsObject(byte[]? value)
    {
        var start = value.AsSpan().IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && value![start] == (byte)'{';
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers) =>
        headers.RetryAfter is { Date: { } date } ? date - _time.GetUtcNow() : headers.RetryAfter?.Delta;

    private static string ToText(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
