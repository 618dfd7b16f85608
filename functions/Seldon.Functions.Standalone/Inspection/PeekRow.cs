using System.Globalization;
using System.Text;
using Seldon.Functions.Demo.Messages;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Inspection;

/// <summary>A record, from any producer, as shown to a person.</summary>
/// <param name="Time">When it was written; null for a record without a time.</param>
/// <param name="Place">Topic, partition and offset.</param>
/// <param name="Key">Its key, as text or in hexadecimal digits; null for none.</param>
/// <param name="Note">On a dead letter, why it is one; else null.</param>
/// <param name="Message">On a dead letter, the sentence that explains it; else null.</param>
/// <param name="Headers">Its headers, as text where they are text.</param>
/// <param name="Value">Its value, decoded.</param>
internal sealed record PeekRow(
    DateTimeOffset? Time, string Place, string? Key, DeadLetterNote? Note, string? Message, IReadOnlyList<KeyValuePair<string, string>> Headers, string Value)
{
    private const int LongestKey = 60;

    public static PeekRow Of(Record record)
    {
        var note = DeadLetterNote.Read(record);
        var headers = record.Headers.Select(h => KeyValuePair.Create(Printable(h.Name), Show(h.Value))).ToList();
        return new PeekRow(
            record.Timestamp > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(record.Timestamp, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())) : null,
            string.Create(CultureInfo.InvariantCulture, $"{record.Topic}/{record.Partition}/{record.Offset}"),
            record.Key is null ? null : Show(record.Key),
            note,
            note is null ? null : headers.Find(h => HeaderNames.Is(h.Key, $"{HeaderNames.ErrorPrefix}message")).Value,
            headers,
            ReadableValue.Of(record));
    }

    private static string Show(byte[]? bytes) => bytes is null
        ? "(null)"
        : ReadableValue.TextOf(bytes) ?? Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(bytes.Length, LongestKey / 2)));

    private static string Printable(string name) => ReadableValue.TextOf(Encoding.UTF8.GetBytes(name)) ?? "?";
}
