namespace Seldon.Functions.Tests.Hosts;

/// <summary>Kafka's partitioner for keys, written down from the Java client's Utils.murmur2.</summary>
internal static class Murmur2
{
    public static int PartitionOf(byte[] key, int partitions) => (Hash(key) & 0x7fffffff) % partitions;

    public static int Hash(byte[] data)
    {
        const int m = 0x5bd1e995;
        unchecked
        {
            var h = (int)0x9747b28c ^ data.Length;
            var i = 0;
            for (; i + 4 <= data.Length; i += 4)
            {
                var k = BitConverter.ToInt32(data, i) * m;
                k = (k ^ (int)((uint)k >> 24)) * m;
                h = (h * m) ^ k;
            }
            var rest = data.Length - i;
            if (rest >= 3) h ^= data[i + 2] << 16;
            if (rest >= 2) h ^= data[i + 1] << 8;
            if (rest >= 1) h = (h ^ data[i]) * m;
            h = (h ^ (int)((uint)h >> 13)) * m;
            return h ^ (int)((uint)h >> 15);
        }
    }
}
