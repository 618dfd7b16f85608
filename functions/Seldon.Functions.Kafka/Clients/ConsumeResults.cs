using Confluent.Kafka;
using Seldon.Functions.Records;
using Header = Seldon.Functions.Records.Header;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>How what the client read becomes a record, and a record what the client writes.</summary>
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

    public static Headers ToHeaders(this ProducerRecord record)
    {
        var result = new Headers();
        foreach (var header in record.Headers) result.Add(header.Name, header.Value);
        return result;
    }
}
