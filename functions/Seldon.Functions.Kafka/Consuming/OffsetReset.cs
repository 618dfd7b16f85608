using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Finds a place to read on where the client has none: the start of a partition that the group never committed; or, when
/// the committed offset is not on the log any more, the earliest record, after saying and counting what is gone.
/// </summary>
internal sealed class OffsetReset(IConsumer<byte[], byte[]> consumer, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HashSet<TopicPartition> _homeless = [];
    private long _lastTry;

    /// <summary>The client has no offset for this partition and does not read it.</summary>
    public void Add(TopicPartition partition) => _homeless.Add(partition);

    /// <summary>The partition is no longer this member's.</summary>
    public void Remove(TopicPartition partition) => _homeless.Remove(partition);

    /// <summary>Moves every such partition to where reading goes on; one for which the broker does not answer is tried again.</summary>
    public void ResetAll()
    {
        if (_homeless.Count == 0 || (_lastTry != 0 && time.GetElapsedTime(_lastTry) < Pause)) return;
        foreach (var partition in _homeless.ToArray())
        {
            try
            {
                Reset(partition);
                _homeless.Remove(partition);
            }
            catch (KafkaException failure)
            {
                _lastTry = time.GetTimestamp();
                Log.ConsumerError(logger, $"no offset is known for {partition.Topic}/{partition.Partition.Value} yet: {failure.Error.Reason}", failure.Error.Code.ToString());
                return;
            }
        }
        _lastTry = 0;
    }

    private void Reset(TopicPartition partition)
    {
        // What the client says of a partition may come when another member has it already, whose commits must stay as they are.
        if (!consumer.Assignment.Contains(partition)) return;
        var committed = consumer.Committed([partition], Patience)[0].Offset;
        if (!committed.IsSpecial)
        {
            var log = consumer.QueryWatermarkOffsets(partition, Patience);
            Report(partition, committed, log);
            // The client never commits less than it did before by itself: a topic that was re-created would not be committed at all.
            consumer.Commit([new TopicPartitionOffset(partition, log.Low)]);
        }
        // After this error the client no longer fetches the partition and refuses to seek in it; it has to be assigned anew.
        consumer.IncrementalUnassign([partition]);
        consumer.IncrementalAssign([new TopicPartitionOffset(partition, Offset.Beginning)]);
    }

    private void Report(TopicPartition partition, long committed, WatermarkOffsets log)
    {
        if (committed > log.High)
        {
            Log.BeyondEnd(logger, partition.Topic, partition.Partition.Value, committed, log.High, log.Low);
            return;
        }
        var expired = Math.Max(0, log.Low - committed);
        Instruments.RecordsExpired.Add(expired);
        Log.Expired(logger, partition.Topic, partition.Partition.Value, expired, committed, log.Low);
    }
}
