using Microsoft.Azure.Functions.Worker;
using Seldon.Functions.Records;

namespace Seldon.Functions.App;

/// <summary>How what the trigger hands over becomes a record.</summary>
internal static class KafkaRecords
{
    public static Record ToRecord(this KafkaRecord record) => new(
        record.Topic, record.Partition, record.Offset, record.Timestamp?.UnixTimestampMs ?? 0, record.Key, record.Value,
        record.Headers is { Length: > 0 } headers ? Array.ConvertAll(headers, h => new Header(h.Key, h.Value)) : []);
}
