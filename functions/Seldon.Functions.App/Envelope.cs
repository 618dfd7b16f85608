using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Seldon.Functions.Records;

namespace Seldon.Functions.App;

/// <summary>
/// The JSON text that the host's Kafka output binding takes apart into a record's key, value and headers. It knows text only, and
/// changes what looks like a date.
/// </summary>
/// <remarks>
/// https://github.com/Azure/azure-functions-kafka-extension; <c>Offset</c>, <c>Partition</c>, <c>Topic</c> and <c>Timestamp</c> must be
/// there and are not used. <c>{"Offset":0,"Partition":0,"Topic":"","Timestamp":"…","Value":"…","Headers":[{"Key":"…","Value":"…"}],"Key":"…"}</c>
/// </remarks>
internal static class Envelope
{
    /// <summary>The binding's limit of a record is a million bytes, its overhead included; it fails the function above that.</summary>
    private const int MaxBytes = 900_000;

    /// <summary>The envelope; null when the record would not arrive as it is.</summary>
    public static string? From(ProducerRecord record)
    {
        if (record.Value is not { Length: > 0 } value || !IsKept(value) || Size(record) > MaxBytes) return null;
        if (record.Key is { } key && (key.Length == 0 || !IsKept(key))) return null;
        foreach (var header in record.Headers)
        {
            if (header.Value is not { } bytes || !IsKept(bytes) || IsDate(header.Name)) return null;
        }
        using var buffer = new MemoryStream(value.Length + 512);
        using (var json = new Utf8JsonWriter(buffer)) Write(json, record);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, ProducerRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("Offset", 0);
        json.WriteNumber("Partition", 0);
        json.WriteString("Topic", record.Topic);
        json.WriteString("Timestamp", "1970-01-01T00:00:00Z");
        json.WriteString("Value", record.Value);
        json.WriteStartArray("Headers");
        foreach (var header in record.Headers)
        {
            json.WriteStartObject();
            json.WriteString("Key", header.Name);
            json.WriteString("Value", header.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (record.Key is { } key) json.WriteString("Key", key);
        json.WriteEndObject();
    }

    private static bool IsKept(byte[] bytes) => Utf8.IsValid(bytes) && !IsDate(bytes.Length > 64 ? "" : Encoding.UTF8.GetString(bytes));

    /// <summary>Whether the host's JSON reader would look for a date here; what it takes for one it writes anew.</summary>
    private static bool IsDate(string text) =>
        (text.Length is >= 19 and <= 40 && char.IsDigit(text[0]) && text[10] == 'T') || text.StartsWith("/Date(", StringComparison.Ordinal);

    private static long Size(ProducerRecord record) =>
        new Record("", 0, 0, 0, record.Key, record.Value, record.Headers).Size;
}
