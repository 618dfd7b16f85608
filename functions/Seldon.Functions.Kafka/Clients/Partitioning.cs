using System.Buffers.Binary;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>
/// The output partition of a record. A key decides as in Java's clients: 32-bit MurmurHash2 with a seed of Kafka's own (<c>Utils.murmur2</c>,
/// librdkafka's <c>murmur2_random</c>). A record without a key stays with the others of its input partition.
/// </summary>
internal static class Partitioning
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    /// <summary>The partition, from 0.</summary>
    /// <param name="partitions">How many partitions the topic has, at least 1.</param>
    public static int PartitionOf(ProducerRecord record, int partitions) =>
        record.Key is { } key ? PartitionOf(key, partitions) : record.SourcePartition % partitions;

    /// <param name="key">The key's bytes; none at all are a key, too.</param>
    /// <param name="partitions">How many partitions the topic has, at least 1.</param>
    internal static int PartitionOf(ReadOnlySpan<byte> key, int partitions) => (int)(Hash(key) & int.MaxValue) % partitions;

    internal static uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= sizeof(uint); data = data[sizeof(uint)..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            hash = (hash * Multiplier) ^ ((word ^ (word >> 24)) * Multiplier);
        }
        if (data.Length > 2) hash ^= (uint)data[2] << 16;
        if (data.Length > 1) hash ^= (uint)data[1] << 8;
        if (data.Length > 0) hash = (hash ^ data[0]) * Multiplier;
        hash = (hash ^ (hash >> 13)) * Multiplier;
        return hash ^ (hash >> 15);
    }
}
