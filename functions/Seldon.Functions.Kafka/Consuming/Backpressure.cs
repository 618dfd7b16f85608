using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>Takes records into their lanes as far as the window has room; a partition that has none left is paused until it has.</summary>
internal sealed class Backpressure(IConsumer<byte[], byte[]> consumer, Assignment assignment, ConsumerErrors errors, TimeProvider time)
{
    /// <summary>How long a full lane is waited for before its partition is paused.</summary>
    private static readonly TimeSpan LanePatience = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the question that wakes the client may take; its answer is of no use.</summary>
    private static readonly TimeSpan QuestionPatience = TimeSpan.FromMilliseconds(20);

    public void Feed(ConsumeResult<byte[], byte[]> result)
    {
        if (!assignment.All.TryGetValue(result.TopicPartition, out var lane)) return;
        var record = result.ToRecord();
        lane.NoteRead(record);
        if (lane.Waiting is null)
        {
            // A lane that moves makes room while the others still have work; pausing, which discards what was fetched ahead, is for
            // those that do not.
            for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < LanePatience; assignment.Window.WaitForRelease(Look))
            {
                if (lane.TryAdd(record)) return;
            }
        }
        lane.Enqueue(record);
        errors.Try(() => consumer.Pause([result.TopicPartition]));
    }

    /// <summary>Lets waiting records into the window and resumes their partitions; says whether any is still waiting.</summary>
    public bool AdmitWaiting()
    {
        var (waits, isReading) = (false, assignment.All.Values.Any(l => l.Waiting is null));
        foreach (var (partition, lane) in assignment.All)
        {
            if (lane.Waiting is null) continue;
            if (lane.IsHalfFree && lane.TryAddWaiting())
            {
                Resume(partition, !isReading);
                isReading = true;
            }
            else
            {
                waits = true;
            }
        }
        return waits;
    }

    /// <summary>
    /// Lets the client fetch the partition again. When all were paused, its thread for the broker sleeps for up to a second, and nothing
    /// but work of its own wakes it.
    /// </summary>
    private void Resume(TopicPartition partition, bool sleeps)
    {
        errors.Try(() => consumer.Resume([partition]));
        if (sleeps) errors.Try(() => consumer.QueryWatermarkOffsets(partition, QuestionPatience));
    }
}
