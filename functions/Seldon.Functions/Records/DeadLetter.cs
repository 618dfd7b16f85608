using System.Security.Cryptography;
using System.Text;

namespace Seldon.Functions.Records;

/// <summary>How a rejected record is written to the error topic: its original bytes, and why it stands there.</summary>
public static class DeadLetter
{
    /// <summary>Tells a letter that was cut, by its header of this name.</summary>
    internal const string ValueLength = "value-length";

    /// <summary>The length of a value that is null, as Kafka's own format writes it.</summary>
    private const int LengthOfNull = -1;

    /// <summary>The longest message, in bytes of UTF-8.</summary>
    private const int MaxMessageBytes = 1024;

    /// <summary>
    /// The dead letter: the record's key, value (null stays null) and headers in order, any earlier <c>seldon-error-*</c>
    /// header replaced by this rejection's.
    /// </summary>
    public static ProducerRecord From(Record record, Rejection rejection, string topic)
    {
        var headers = new List<Header>(record.Headers.Count + 9);
        foreach (var header in record.Headers)
        {
            if (!IsOurs(header)) headers.Add(header);
        }
        headers.Add(Text("reason", rejection.Reason.ToWire()));
        headers.Add(new Header(HeaderNames.ErrorPrefix + "message", Utf8(rejection.ServerWords.Length == 0 ? rejection.Message : $"{rejection.Message.TrimEnd('.')}: {rejection.ServerWords}")));
        headers.Add(Text("status", rejection.Status));
        headers.Add(Text("route", rejection.Route));
        headers.Add(Number("attempts", rejection.Attempts));
        headers.Add(Text("topic", record.Topic));
        headers.Add(Number("partition", record.Partition));
        headers.Add(Number("offset", record.Offset));
        headers.Add(Number("timestamp", record.Timestamp));
        return new ProducerRecord(topic, record.Partition, record.Key, record.Value, headers);
    }

    /// <summary>
    /// The same dead letter without its value, for a broker that refuses it for its size. The value's length and SHA-256
    /// stay, so that the original, which its topic still holds, can be told.
    /// </summary>
    public static ProducerRecord WithoutValue(ProducerRecord deadLetter)
    {
        if (deadLetter.Value is not { } value) return deadLetter;
        return deadLetter with
        {
            Value = null,
            Headers =
            [
                .. deadLetter.Headers,
                Number(ValueLength, value.Length),
                Text("value-sha256", Convert.ToHexStringLower(SHA256.HashData(value))),
            ],
        };
    }

    /// <summary>
    /// What is left when even the key and the headers are too large: only why and where, and that it was cut. The same dead letter if
    /// there is nothing more to leave out.
    /// </summary>
    public static ProducerRecord OnlyReason(ProducerRecord deadLetter)
    {
        if (deadLetter is { Key: null, Value: null } && deadLetter.Headers.All(IsOurs)) return deadLetter;
        var left = WithoutValue(deadLetter).Headers.Where(IsOurs).ToList();
        if (left.Count(HeaderNames.ErrorPrefix + ValueLength, out _) == 0) left.Add(Number(ValueLength, LengthOfNull));
        return deadLetter with { Key = null, Value = null, Headers = left };
    }

    private static bool IsOurs(Header header) => header.Name.StartsWith(HeaderNames.ErrorPrefix, StringComparison.OrdinalIgnoreCase);

    private static Header Text(string name, string value) => HeaderNames.Text(HeaderNames.ErrorPrefix + name, value);

    private static Header Number(string name, long value) => HeaderNames.Number(HeaderNames.ErrorPrefix + name, value);

    private static byte[] Utf8(string message)
    {
        while (Encoding.UTF8.GetByteCount(message) > MaxMessageBytes) message = message[..(message.Length * 9 / 10)];
        return Encoding.UTF8.GetBytes(message);
    }
}
