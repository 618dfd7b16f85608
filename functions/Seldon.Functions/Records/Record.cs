namespace Seldon.Functions.Records;

/// <summary>A header of a Kafka record. The value is bytes, or null, exactly as it stands on the topic.</summary>
/// <param name="Name">The header's key. Compared without regard to case wherever this project looks for one.</param>
/// <param name="Value">The bytes, or null (which is not the same as empty).</param>
public readonly record struct Header(string Name, byte[]? Value);

/// <summary>A Kafka record as data, as a host read it from an input topic. Nothing in it is ever changed.</summary>
/// <param name="Topic">The topic that it was read from.</param>
/// <param name="Partition">The partition that it was read from.</param>
/// <param name="Offset">Its offset in the partition.</param>
/// <param name="Timestamp">Its timestamp in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Key">The key's bytes, or null.</param>
/// <param name="Value">The value's bytes, or null (a tombstone).</param>
/// <param name="Headers">The headers in order, repeated names included.</param>
public sealed record Record(
    string Topic, int Partition, long Offset, long Timestamp, byte[]? Key, byte[]? Value, IReadOnlyList<Header> Headers)
{
    /// <summary>The bytes that this record keeps in memory: key, value and headers.</summary>
    public long Size
    {
        get
        {
            long size = (Key?.Length ?? 0) + (long)(Value?.Length ?? 0);
            foreach (var header in Headers)
                size += header.Name.Length + (header.Value?.Length ?? 0);
            return size;
        }
    }
}

/// <summary>A record on its way to the results topic or the error topic.</summary>
/// <param name="Topic">The topic to publish to.</param>
/// <param name="SourcePartition">The input partition that it stems from; it decides the partition of a record without a key.</param>
/// <param name="Key">The key's bytes, or null.</param>
/// <param name="Value">The value's bytes, or null.</param>
/// <param name="Headers">The headers in order.</param>
public sealed record ProducerRecord(
    string Topic, int SourcePartition, byte[]? Key, byte[]? Value, IReadOnlyList<Header> Headers);
