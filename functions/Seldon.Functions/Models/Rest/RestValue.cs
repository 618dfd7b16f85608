using System.Buffers.Text;
using System.Net.Http.Headers;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Rest;

/// <summary>What the headers of a record or an answer say about its value.</summary>
internal static class RestValue
{
    private const string Json = "application/json";
    private const string Binary = "application/octet-stream";

    private static readonly string[] Utf8 = ["utf-8", "utf8", "us-ascii"];

    /// <summary>Whether the value starts a JSON object, or the headers call it something else than JSON, which is not looked at.</summary>
    public static bool IsObjectOrForeign(IReadOnlyList<Header> headers, ReadOnlySpan<byte> value) => JsonText.Starts(value, "{"u8) || IsForeign(headers);

    /// <summary>The media type that the value is sent with.</summary>
    public static string ContentTypeOf(IReadOnlyList<Header> headers)
    {
        if (headers.Count(HeaderNames.ContentType, out var value) == 1 && ForwardableHeaders.TryGetText(value, out var text) && text.Length > 0) return text;
        return headers.Count(HeaderNames.InferenceHeaderContentLength, out _) > 0 ? Binary : Json;
    }

    /// <summary>Whether the headers say that the value is not plain.</summary>
    public static bool IsEncoded(IReadOnlyList<Header> headers) =>
        headers.Count(HeaderNames.ContentEncoding, out var coding) > 0 && coding is { Length: > 0 }
        && !coding.AsSpan().SequenceEqual("identity"u8);

    /// <summary>How much of a value is JSON: all of it, or as much as the headers say where raw tensors follow.</summary>
    public static int JsonLength(IReadOnlyList<Header> headers, ReadOnlySpan<byte> value) =>
        headers.Count(HeaderNames.InferenceHeaderContentLength, out var length) == 1
        && Utf8Parser.TryParse(length, out int json, out var read) && read == length!.Length && json >= 0 && json <= value.Length
            ? json
            : value.Length;

    /// <summary>Whether the value is plain JSON, or JSON with raw tensors behind it.</summary>
    /// <param name="length">How long the JSON is, if raw tensors may follow; else 0.</param>
    public static bool TryGetJsonLength(IReadOnlyList<Header> headers, ReadOnlySpan<byte> value, out int length)
    {
        length = 0;
        if (headers.Count(HeaderNames.InferenceHeaderContentLength, out var text) == 0) return !IsForeign(headers);
        return !IsEncoded(headers) && Utf8Parser.TryParse(text, out length, out var read) && read == text!.Length && length > 0 && length <= value.Length;
    }

    /// <summary>Whether the headers call the value a page for a browser.</summary>
    public static bool IsWebPage(IReadOnlyList<Header> headers) => ContentTypeOf(headers).StartsWith("text/html", StringComparison.OrdinalIgnoreCase);

    private static bool IsForeign(IReadOnlyList<Header> headers)
    {
        if (IsEncoded(headers) || (headers.Count(HeaderNames.InferenceHeaderContentLength, out var length) == 1 && length.AsSpan().SequenceEqual("0"u8))) return true;
        return MediaTypeHeaderValue.TryParse(ContentTypeOf(headers), out var type) && !IsJson(type);
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        (HeaderNames.Is(type.MediaType!, Json) || HeaderNames.Is(type.MediaType!, "text/json") || type.MediaType!.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
        && (type.CharSet is null || Utf8.Contains(type.CharSet.Trim('"'), StringComparer.OrdinalIgnoreCase));
}
