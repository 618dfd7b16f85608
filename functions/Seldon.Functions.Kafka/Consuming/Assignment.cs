using Confluent.Kafka;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>The partitions that this member has, a lane for each; they share one window.</summary>
internal sealed class Assignment : IDisposable
{
    private readonly Dictionary<TopicPartition, PartitionLane> _lanes = [];
    private readonly Func<PartitionLane> _make;
    private readonly StreamStatus _status;

    public Assignment(InferenceEngine engine, Outbox outbox, KafkaOptions options, StreamStatus status, TimeProvider time)
    {
        _status = status;
        Window = new Window(options.WindowRecords, options.WindowBytes);
        _make = () => new PartitionLane(engine, outbox, options, Window, time) { DeadLetters = status.DeadLetters };
        Share();
    }

    public Window Window { get; }

    public IReadOnlyDictionary<TopicPartition, PartitionLane> All => _lanes;

    /// <summary>Records that were read and are not yet acknowledged.</summary>
    public int InFlight => _lanes.Values.Sum(l => l.Progress.Count);

    /// <summary>Whether nothing is in flight in any of them any more, nor ever will be.</summary>
    public bool HasEnded => _lanes.Values.All(l => l.Completion.IsCompleted);

    public void Add(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _lanes[partition] = _make();
        Share();
    }

    /// <summary>Those of the partitions that were this member's; the caller ends them.</summary>
    public List<KeyValuePair<TopicPartition, PartitionLane>> Remove(IEnumerable<TopicPartition> partitions)
    {
        var removed = new List<KeyValuePair<TopicPartition, PartitionLane>>();
        foreach (var partition in partitions)
        {
            if (_lanes.Remove(partition, out var lane)) removed.Add(new(partition, lane));
        }
        Share();
        return removed;
    }

    /// <summary>The partitions by topic, as log lines name them.</summary>
    public static string Describe(IEnumerable<TopicPartition> partitions) =>
        string.Join(", ", partitions.GroupBy(p => p.Topic).Select(t => $"{t.Key}/{string.Join(',', t.Select(p => p.Partition.Value).Order())}"));

    /// <summary>Ends all calls: after a defect lanes are left, and the engine goes next.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes.Values) lane.Dispose();
        Window.Dispose();
    }

    private void Share()
    {
        Window.Lanes = _lanes.Count;
        _status.SetLanes(_lanes);
    }
}
