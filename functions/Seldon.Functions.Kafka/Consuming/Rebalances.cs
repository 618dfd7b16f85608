using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// What is done when the group gives this member partitions or takes them away. The client asks on the thread that polls, and waits
/// for the answer.
/// </summary>
internal sealed class Rebalances(
    IConsumer<byte[], byte[]> consumer, Assignment lanes, OffsetCommits positions, OffsetReset repair, InputTopics topics, StreamStatus status,
    ConsumerErrors errors, ILogger logger)
{
    /// <summary>How long results that were handed over are awaited when a partition is taken away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long the broker may take to tell what is committed; without it only a gauge has less to tell.</summary>
    private static readonly TimeSpan CommittedPatience = TimeSpan.FromSeconds(1);

    // A client that is left to itself while it is being closed may still ask, on its own thread.
    private readonly Lock _lock = new();
    private bool _isLeaving;
    private bool _hasEnded;

    /// <summary>This member will leave its group: nothing is read of partitions that it may still be given.</summary>
    public void Leave() => _isLeaving = true;

    /// <summary>Where reading begins: where the group has committed, but at the beginning of a topic that was re-created.</summary>
    public IEnumerable<TopicPartitionOffset> OnAssigned(List<TopicPartition> partitions)
    {
        lock (_lock)
        {
            if (!_isLeaving) Assign(partitions);
        }
        return partitions.Select(p => new TopicPartitionOffset(p, topics.IsNew(p.Topic) ? Offset.Beginning : Offset.Unset));
    }

    /// <summary>
    /// Partitions are taken away in order: end their calls, await what was handed over, store how far that is, let go. The client commits
    /// what is stored before the group hears that the partitions are free.
    /// </summary>
    public void OnRevoked(List<TopicPartitionOffset> partitions)
    {
        lock (_lock)
        {
            var revoked = Remove(partitions);
            if (revoked.Count == 0) return;
            foreach (var (_, lane) in revoked) lane.Cancel();
            // Who leaves has waited for it already.
            if (!_isLeaving) Task.WaitAny([Task.WhenAll(revoked.Select(r => r.Value.Completion))], Patience);
            RecordMeter.Rebalanced(1, "revoked");
            Log.Revoked(logger, Describe(revoked.Select(r => r.Key)), revoked.Sum(r => r.Value.Progress.Count));
            // What cannot be stored or committed is delivered again, not lost.
            foreach (var (partition, lane) in revoked) positions.Store(partition, lane);
            End(revoked);
        }
    }

    /// <summary>Another member may have the partitions already: nothing is published or committed any more.</summary>
    public void OnLost(List<TopicPartitionOffset> partitions)
    {
        lock (_lock)
        {
            var lost = Remove(partitions);
            if (lost.Count == 0) return;
            RecordMeter.Rebalanced(1, "lost");
            Log.Lost(logger, Describe(lost.Select(l => l.Key)), lost.Sum(l => l.Value.Progress.Count));
            End(lost);
        }
    }

    /// <summary>
    /// The lanes that are left are ended before the producers go: a client that has failed for good tells nothing of the partitions that it
    /// leaves, and one that the broker does not answer tells it late.
    /// </summary>
    public void EndAll()
    {
        lock (_lock)
        {
            _hasEnded = true;
            var left = lanes.Remove([.. lanes.All.Keys]);
            foreach (var (_, lane) in left) lane.Dispose();
        }
    }

    private void Assign(List<TopicPartition> partitions)
    {
        status.WaitFor(null);
        if (partitions.Count == 0) return;
        RecordMeter.Rebalanced(1, "assigned");
        Log.Assigned(logger, Describe(partitions));
        lanes.Add(partitions);
        NoteBeginnings(partitions);
    }

    private List<KeyValuePair<TopicPartition, PartitionLane>> Remove(List<TopicPartitionOffset> partitions)
    {
        if (_hasEnded) return [];
        var removed = lanes.Remove(partitions.Select(p => p.TopicPartition));
        foreach (var (partition, lane) in removed)
        {
            // Should it come back, it must not come back paused.
            if (lane.Waiting is not null) errors.Try(() => consumer.Resume([partition]));
            repair.Remove(partition);
        }
        return removed;
    }

    private void End(List<KeyValuePair<TopicPartition, PartitionLane>> removed)
    {
        foreach (var (partition, lane) in removed)
        {
            positions.Forget(partition);
            lane.Dispose();
        }
    }

    /// <summary>What the group has committed, for the lag of partitions of which nothing is read for the time being.</summary>
    private void NoteBeginnings(List<TopicPartition> partitions) => errors.Try(() =>
    {
        foreach (var committed in consumer.Committed(partitions, CommittedPatience))
            lanes.All[committed.TopicPartition].Progress.BeginsAt(Math.Max(0, committed.Offset.Value));
    });

    internal static string Describe(IEnumerable<TopicPartition> partitions) =>
        string.Join(", ", partitions.GroupBy(p => p.Topic).Select(t => $"{t.Key}/{string.Join(',', t.Select(p => p.Partition.Value).Order())}"));
}
