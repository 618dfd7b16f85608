using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>How what the client read becomes a record.</summary>
internal static class ConsumeResults
{
    public static Record ToRecord(this ConsumeResult<byte[], byte[]> result)
    {
        var message = result.Message;
        var headers = message.Headers is { Count: > 0 } given ? new Header[given.Count] : [];
        for (var i = 0; i < headers.Length; i++)
        {
            var header = message.Headers![i];
            headers[i] = new Header(header.Key, header.GetValueBytes());
        }
        return new Record(
            result.Topic, result.Partition.Value, result.Offset.Value, message.Timestamp.UnixTimestampMs, message.Key, message.Value, headers);
    }
}
