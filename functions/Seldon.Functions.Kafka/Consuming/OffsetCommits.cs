using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// How far each partition may be committed, told to the client, which commits it five times a second and when a partition goes.
/// The client is never asked to commit at once: a group that is being left does not answer that any more.
/// </summary>
/// <param name="isOfProducer">Whether the producer commits, in its transactions, and nothing is to be done here.</param>
internal sealed class OffsetCommits(IConsumer<byte[], byte[]> consumer, InputTopics topics, ConsumerErrors errors, TimeProvider time, bool isOfProducer)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<TopicPartition, long> _stored = [];
    private readonly Dictionary<TopicPartition, long> _committed = [];
    private long _last;

    /// <summary>The partitions of which the broker has not yet confirmed what was stored.</summary>
    public IEnumerable<TopicPartition> Uncommitted =>
        _stored.Where(s => !(_committed.TryGetValue(s.Key, out var committed) && committed == s.Value) && !topics.IsGone(s.Key.Topic)).Select(s => s.Key);

    /// <summary>Stores where the lanes are, unless that was done a moment ago.</summary>
    public void StoreNow(IEnumerable<KeyValuePair<TopicPartition, PartitionLane>> lanes)
    {
        if (time.GetElapsedTime(_last) < Interval) return;
        _last = time.GetTimestamp();
        foreach (var (partition, lane) in lanes) Store(partition, lane);
    }

    /// <summary>Stores where the lane is, if it has moved.</summary>
    public void Store(TopicPartition partition, PartitionLane lane)
    {
        if (isOfProducer || topics.IsGone(partition.Topic)) return;
        var position = lane.Progress.Position;
        if (position < 0 || (_stored.TryGetValue(partition, out var stored) && stored == position)) return;
        if (errors.Try(() => consumer.StoreOffset(new TopicPartitionOffset(partition, position)))) _stored[partition] = position;
    }

    /// <summary>The partition is no longer this member's.</summary>
    public void Forget(TopicPartition partition)
    {
        _stored.Remove(partition);
        _committed.Remove(partition);
    }

    /// <summary>The broker has answered a commit.</summary>
    public void OnCommitted(CommittedOffsets answer)
    {
        // There was nothing to commit.
        if (answer.Error.Code == ErrorCode.Local_NoOffset) return;
        RecordMeter.Committed(answer.Error.IsError ? answer.Error.Code.ToString() : null);
        foreach (var offset in answer.Offsets)
        {
            // A partition that was not part of the commit has no offset here.
            if (!offset.Error.IsError && !offset.Offset.IsSpecial && _stored.ContainsKey(offset.TopicPartition)) _committed[offset.TopicPartition] = offset.Offset;
        }
    }
}
