using System.IO.Compression;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Models.Rest;

/// <summary>Makes HTTP requests of records.</summary>
/// <param name="headers">What every call carries besides.</param>
/// <param name="host">The host that calls name; null for the address's own.</param>
/// <param name="compress">Whether bodies that are not encoded yet are compressed.</param>
internal sealed class RestRequests(CallHeaders headers, string? host, bool compress)
{
    private const string Gzip = "gzip";

    /// <summary>The call for a record.</summary>
    public HttpRequestMessage ToPost(ModelRequest request)
    {
        var record = request.Record;
        var isCompressed = compress && !RestValue.IsEncoded(record.Headers);
        var body = isCompressed ? Compress(request.Content) : request.Content;
        var content = new ByteArrayContent(body.Array!, body.Offset, body.Count);
        var message = new HttpRequestMessage(HttpMethod.Post, request.Path) { Content = content };
        content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, RestValue.ContentTypeOf(record.Headers));
        if (isCompressed) content.Headers.TryAddWithoutValidation(HeaderNames.ContentEncoding, Gzip);
        foreach (var header in record.Headers)
        {
            if (!ForwardableHeaders.IsForwarded(header.Name) || headers.Has(header.Name) || CloudEvents.IsShadowed(header.Name, record.Headers)) continue;
            if (isCompressed && HeaderNames.Is(header.Name, HeaderNames.ContentEncoding)) continue;
            var isAttribute = CloudEvents.IsAttribute(header.Name);
            var name = isAttribute ? CloudEvents.ToCall(header.Name) : header.Name;
            if (isAttribute && headers.Has(name)) continue;
            if (isAttribute ? CloudEvents.TryEncode(header.Value, out var text) : ForwardableHeaders.IsLegalName(name) && ForwardableHeaders.TryGetText(header.Value, out text))
                Add(message, name, text);
            else
                Instruments.HeadersSkipped.Add(1);
        }
        if (request is not MergedRequest && ForwardableHeaders.TryGetText(HeaderNames.PuidOf(record), out var puid)) Add(message, HeaderNames.Puid, puid);
        var (parent, state) = TraceContext.OfCall(record);
        if (parent is not null) Add(message, HeaderNames.TraceParent, parent);
        if (state is not null) Add(message, HeaderNames.TraceState, state);
        AddOurs(message);
        return message;
    }

    /// <summary>The readiness call.</summary>
    public HttpRequestMessage ToGet(Uri path)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, path);
        AddOurs(message);
        return message;
    }

    private void AddOurs(HttpRequestMessage message)
    {
        if (host is not null) message.Headers.Host = host;
        foreach (var (name, value) in headers.Current()) Add(message, name, value);
    }

    // Names such as Content-Language are refused among the request's headers and belong to the content's.
    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
    }

    private static ArraySegment<byte> Compress(ArraySegment<byte> body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(body);
        return compressed.ToArray();
    }
}
