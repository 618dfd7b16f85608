using System.Net;
using System.Net.Http.Headers;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Rest;

/// <summary>Sends a record's value as it is to the protocol's REST path and takes the body of the answer as it is.</summary>
internal sealed class RestTransport : IModelTransport
{
    private const string Json = "application/json";

    private readonly HttpMessageInvoker _client;
    private readonly Protocol _protocol;
    private readonly Uri _path;
    private readonly Uri _readyPath;
    private readonly int _maxResponseBytes;
    private readonly TimeProvider _time;

    /// <param name="server">scheme://host:port of the model server.</param>
    public RestTransport(Uri server, Protocol protocol, ModelSelector model, int maxResponseBytes, TimeProvider time)
    {
        (_protocol, _maxResponseBytes, _time) = (protocol, maxResponseBytes, time);
        _path = new Uri(server, protocol.RestPath(model));
        _readyPath = new Uri(server, protocol.RestReadyPath(model));
        Name = $"REST {_path}";
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
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

    public ModelRequest? Prepare(Record record, out Rejection? rejection)
    {
        rejection = null;
        if (IsEncoded(record.Headers) || StartsObject(record.Value)) return new ModelRequest(record);
        rejection = new Rejection(RejectionReason.InvalidJson, "The value does not start a JSON object.");
        return null;
    }

    // HTTP/1.1 carries one call at a time: each is alone.
    public async ValueTask<Reply> SendAsync(ModelRequest request, bool alone, CancellationToken cancellationToken)
    {
        using var message = ToMessage(request.Record);
        try
        {
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            var fault = _protocol.FaultOfHttp(status);
            if (fault == Fault.None) return await ReadAnswerAsync(response, cancellationToken).ConfigureAwait(false);
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
        using var message = new HttpRequestMessage(HttpMethod.Get, _readyPath);
        try
        {
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            // A server without this path is there, and no more can be asked of it.
            if (response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented) return null;
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

    private HttpRequestMessage ToMessage(Record record)
    {
        var content = new ByteArrayContent(record.Value!);
        var message = new HttpRequestMessage(HttpMethod.Post, _path) { Content = content };
        content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, ContentTypeOf(record.Headers));
        foreach (var header in record.Headers)
        {
            if (!ForwardableHeaders.IsForwarded(header.Name)) continue;
            if (ForwardableHeaders.IsLegalName(header.Name) && ForwardableHeaders.TryGetText(header.Value, out var text))
                Add(message, header.Name, text);
            else
                Telemetry.HeadersSkipped.Add(1);
        }
        if (ForwardableHeaders.TryGetText(HeaderNames.PuidOf(record), out var puid)) Add(message, HeaderNames.Puid, puid);
        return message;
    }

    // Names such as Content-Language are refused among the request's headers and belong to the content's.
    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content!.Headers.TryAddWithoutValidation(name, value);
    }

    private static string ContentTypeOf(IReadOnlyList<Header> headers) =>
        headers.Count(HeaderNames.ContentType, out var value) == 1 && ForwardableHeaders.TryGetText(value, out var text) && text.Length > 0
            ? text
            : Json;

    private async ValueTask<Reply> ReadAnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (body, tooLarge) = await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (tooLarge) return Reply.TooLarge($"answered with more than {_maxResponseBytes} bytes, the limit for answers", "200");
        var headers = EntityHeaders(response.Content.Headers);
        if (!IsEncoded(headers) && !StartsObject(body)) return Reply.InvalidAnswer("an answer that is no JSON object");
        return Reply.Answer(body!, headers);
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

    private static List<Header> EntityHeaders(HttpContentHeaders headers)
    {
        var result = new List<Header>(2);
        foreach (var (name, values) in headers.NonValidated)
        {
            if (HeaderNames.Is(name, HeaderNames.ContentType) || HeaderNames.Is(name, HeaderNames.ContentEncoding)
                || HeaderNames.Is(name, HeaderNames.InferenceHeaderContentLength))
                result.Add(HeaderNames.Text(name.ToLowerInvariant(), values.ToString()));
        }
        return result;
    }

    private static bool IsEncoded(IReadOnlyList<Header> headers) =>
        headers.Count(HeaderNames.ContentEncoding, out var coding) > 0 && coding is { Length: > 0 }
        && !coding.AsSpan().SequenceEqual("identity"u8);

    private static bool StartsObject(byte[]? value)
    {
        var start = value.AsSpan().IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && value![start] == (byte)'{';
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers) =>
        headers.RetryAfter is { Date: { } date } ? date - _time.GetUtcNow() : headers.RetryAfter?.Delta;

    private static string ToText(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
