using System.Text;

namespace Seldon.Functions.Records;

/// <summary>Which of a record's headers go to the model, and whether they are legal there.</summary>
internal static class ForwardableHeaders
{
    /// <summary>Those that would speak for the connection or the message itself, which the clients look after.</summary>
    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.ProtoName, HeaderNames.Puid, HeaderNames.ContentType, HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Merged, HeaderNames.Redriven,
        "host", "content-length", "expect", "te", "user-agent",
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "trailers",
        "transfer-encoding", "upgrade",
    };

    /// <summary>
    /// Whether the header goes to the model. <c>content-type</c>, <c>seldon-puid</c> and the trace do not come from here: the transports
    /// set them themselves.
    /// </summary>
    public static bool IsForwarded(string name) =>
        !Withheld.Contains(name) && !name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) && !name.Contains(':', StringComparison.Ordinal);

    /// <summary>Whether the name is a token (RFC 9110, section 5.6.2).</summary>
    public static bool IsLegalName(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) return false;
        }
        return name.Length > 0;
    }

    /// <summary>The value as text, if it is one that both HTTP and gRPC carry unchanged: printable ASCII, and nothing to trim.</summary>
    public static bool TryGetText(byte[]? value, out string text)
    {
        text = "";
        if (value is null || value.AsSpan().ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)) return false;
        if (value.Length > 0 && (value[0] == ' ' || value[^1] == ' ')) return false;
        text = Encoding.ASCII.GetString(value);
        return true;
    }
}
