using System.Globalization;
using System.Text;

namespace Seldon.Functions.Records;

/// <summary>What a dead letter says of itself in its headers: why it stands there, and which record it was.</summary>
/// <param name="Reason">The reason, as it is written on the wire.</param>
/// <param name="Route">The route's name; empty where none was found.</param>
/// <param name="Topic">The input topic that the record stood on.</param>
/// <param name="Partition">Its partition there.</param>
/// <param name="Offset">Its offset there.</param>
/// <param name="Timestamp">Its timestamp there, in milliseconds since 1970.</param>
/// <param name="Redrives">How often it was put back there already.</param>
/// <param name="IsCut">The letter went out without its value, or without its key and headers, for its size.</param>
internal sealed record DeadLetterNote(string Reason, string Route, string Topic, int Partition, long Offset, long Timestamp, int Redrives, bool IsCut)
{
    private const int LongestTopic = 249;

    /// <summary>
    /// The record that the letter is about, and no other: its place alone would also be that of a record of a topic that was re-created.
    /// Two dead letters of one record, as a redelivery leaves them, have the same.
    /// </summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Topic}/{Partition}/{Offset}/{Timestamp}");

    /// <summary>The note of a record on an error topic; null if it is no dead letter of ours.</summary>
    public static DeadLetterNote? Read(Record letter)
    {
        if (Text("reason") is not { } reason || Text("topic") is not { Length: > 0 and <= LongestTopic } topic) return null;
        if (Number("partition") is not { } partition || partition > int.MaxValue || Number("offset") is not { } offset || Number("timestamp") is not { } timestamp) return null;
        return new DeadLetterNote(reason, Text("route") ?? "", topic, (int)partition, offset, timestamp, RedrivesOf(letter), Text(DeadLetter.ValueLength) is not null);

        string? Text(string name) => letter.Headers.Count(HeaderNames.ErrorPrefix + name, out var value) == 1 && value is not null ? Encoding.UTF8.GetString(value) : null;
        // The timestamp of a record without one is -1.
        long? Number(string name) =>
            long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && (number >= 0 || (name == "timestamp" && number == -1)) ? number : null;
    }

    /// <summary>The record as it stood on its input topic, without what <see cref="DeadLetter.From"/> added; and one more round is counted.</summary>
    public ProducerRecord Original(Record letter) => new(
        Topic, Partition, letter.Key, letter.Value, [.. letter.Headers.Where(h => !IsOurs(h.Name)), HeaderNames.Number(HeaderNames.Redriven, Redrives + 1L)]);

    private static bool IsOurs(string header) => header.StartsWith(HeaderNames.ErrorPrefix, StringComparison.OrdinalIgnoreCase) || HeaderNames.Is(header, HeaderNames.Redriven);

    /// <summary>Anybody may write the header: what is no number counts as none.</summary>
    private static int RedrivesOf(Record letter) =>
        letter.Headers.Count(HeaderNames.Redriven, out var value) > 0 && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 0;
}
