namespace Seldon.Functions.Protocols.Wire;

/// <summary>How JSON begins.</summary>
internal static class JsonText
{
    /// <summary>The text behind a byte-order mark, which some producers write and JSON's parsers refuse (RFC 8259, section 8.1).</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> text) => text.StartsWith("\ufeff"u8) ? text[3..] : text;

    /// <summary>Whether the first byte, byte-order mark and white space aside, is one of these.</summary>
    public static bool Starts(ReadOnlySpan<byte> text, ReadOnlySpan<byte> first)
    {
        var json = WithoutMark(text);
        var start = json.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && first.Contains(json[start]);
    }
}
