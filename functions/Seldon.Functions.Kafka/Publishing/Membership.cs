using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>The membership of our consumer in its group, by which the group's coordinator tells whether the offsets of a transaction are ours to commit.</summary>
internal sealed class Membership
{
    private readonly Lock _lock = new();
    private IConsumer<byte[], byte[]>? _consumer;

    public void Join(IConsumer<byte[], byte[]> consumer)
    {
        lock (_lock) _consumer = consumer;
    }

    /// <summary>The consumer is not asked anything after this.</summary>
    public void Leave()
    {
        lock (_lock) _consumer = null;
    }

    /// <summary>The membership as it is now; null if there is none. The coordinator would take offsets without a member's id from anybody.</summary>
    public IConsumerGroupMetadata? Read()
    {
        lock (_lock)
        {
            var now = _consumer?.ConsumerGroupMetadata;
            return string.IsNullOrEmpty(_consumer?.MemberId) ? null : now;
        }
    }
}
