using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Seldon.Functions.Records;

/// <summary>
/// CloudEvents in binary mode: attributes are the headers <c>ce_*</c> of a record and <c>ce-*</c> of an HTTP message. gRPC has no binding of
/// its own; its metadata are HTTP headers and get the same names, as MLServer writes them.
/// Source: the Kafka and HTTP protocol bindings of https://github.com/cloudevents/spec
/// </summary>
internal static class CloudEvents
{
    private const string OfRecord = "ce_";
    private const string OfCall = "ce-";

    /// <summary>Whether the record's header is an attribute.</summary>
    public static bool IsAttribute(string name) => HasName(name, OfRecord);

    /// <summary>The attribute's header in a call.</summary>
    public static string ToCall(string name) => $"{OfCall}{name[OfRecord.Length..].ToLowerInvariant()}";

    /// <summary>Whether a record's header would take the place of an attribute in a call.</summary>
    public static bool IsShadowed(string name, IReadOnlyList<Header> headers) =>
        HasName(name, OfCall) && headers.Count($"{OfRecord}{name[OfCall.Length..]}", out _) > 0;

    /// <summary>The attribute's value in a call: whatever HTTP does not carry unchanged is percent-encoded.</summary>
    public static bool TryEncode(byte[]? value, out string text)
    {
        text = "";
        if (value is null || !Utf8.IsValid(value)) return false;
        var encoded = new StringBuilder(value.Length);
        foreach (var b in value)
        {
            if (b is > (byte)' ' and <= (byte)'~' and not ((byte)'"' or (byte)'%')) encoded.Append((char)b);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        text = encoded.ToString();
        return true;
    }

    /// <summary>Whether the header of an answer is an attribute.</summary>
    public static bool IsOfAnswer(string name) => HasName(name, OfCall);

    /// <summary>The attribute as a record has it.</summary>
    public static Header ToRecord(string name, string value) => new($"{OfRecord}{name[OfCall.Length..].ToLowerInvariant()}", Decode(value));

    /// <summary>The headers that an answer leaves of its record's: those of an event give way to those of another.</summary>
    public static IEnumerable<Header> Without(IReadOnlyList<Header> headers, IEnumerable<Header> answer) =>
        answer.Any(h => IsAttribute(h.Name)) ? headers.Where(h => !IsAttribute(h.Name)) : headers;

    /// <summary>Attributes have names of letters and digits.</summary>
    private static bool HasName(string name, string prefix)
    {
        if (name.Length <= prefix.Length || !name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var c in name.AsSpan(prefix.Length))
        {
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        }
        return true;
    }

    /// <summary>The text of a header, which may be quoted; as it is where it is not percent-encoded UTF-8.</summary>
    private static byte[] Decode(string text)
    {
        if (text is ['"', .. var quoted, '"']) text = quoted.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        using var decoded = new MemoryStream(bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == (byte)'%' && i + 2 < bytes.Length && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                decoded.WriteByte(b);
                i += 2;
            }
            else
            {
                decoded.WriteByte(bytes[i]);
            }
        }
        return Utf8.IsValid(decoded.ToArray()) ? decoded.ToArray() : bytes;
    }
}
