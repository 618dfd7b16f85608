using System.Diagnostics.Metrics;
using System.Globalization;
using Confluent.Kafka;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>What can be told of a processor while it runs, to gauges and to health checks; made once, whatever clients come and go.</summary>
internal sealed class StreamStatus(KafkaOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    private volatile KeyValuePair<TopicPartition, PartitionLane>[] _lanes = [];
    private volatile string? _waitsFor = "it has not been started";
    private volatile bool _reachesBroker;
    private volatile IReadOnlyDictionary<TopicPartition, long> _ends = new Dictionary<TopicPartition, long>();
    private long _turn;

    /// <summary>The partitions that this member has.</summary>
    public IReadOnlyList<KeyValuePair<TopicPartition, PartitionLane>> Lanes => _lanes;

    /// <summary>The dead letters of the last hour.</summary>
    public RecentDeadLetters DeadLetters { get; } = new(time);

    /// <summary>The consumer group.</summary>
    public string Group => options.Group;

    public int Records => _lanes.Sum(l => l.Value.Progress.Count);

    public int RecordsLimit => options.WindowRecords;

    public long Bytes => _lanes.Sum(l => l.Value.Progress.Bytes);

    public long BytesLimit => options.WindowBytes;

    public TimeSpan OldestRecordAge
    {
        get
        {
            var oldest = _lanes.Min(l => l.Value.Progress.OldestTimestamp) ?? long.MaxValue;
            var age = time.GetUtcNow().ToUnixTimeMilliseconds() - oldest;
            return age > 0 ? TimeSpan.FromMilliseconds(age) : TimeSpan.Zero;
        }
    }

    /// <summary>Whether the thread that polls still does. Before it begins and after it has ended, nothing is expected of it.</summary>
    public bool IsTurning => Interlocked.Read(ref _turn) is var turn && (turn == 0 || time.GetElapsedTime(turn) < LongestTurn);

    /// <summary>Why records cannot be taken from Kafka now; null if they can, or would be if a model were not out.</summary>
    public string? NotReady => _waitsFor ?? (_reachesBroker ? null : $"no broker of {options.Broker} can be reached");

    /// <summary>The lag of each partition whose end and beginning are known.</summary>
    public IEnumerable<Measurement<long>> Lags() =>
        from lane in _lanes
        let lag = LagOf(lane.Key, lane.Value)
        where lag is not null
        select new Measurement<long>(
            lag.Value,
            new(AttributeNames.MessagingDestination, lane.Key.Topic),
            new(AttributeNames.MessagingPartition, lane.Key.Partition.Value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>How many records of a partition are not yet acknowledged, read or not; null if its end or beginning is not known.</summary>
    public long? LagOf(TopicPartition partition, PartitionLane lane) =>
        _ends.TryGetValue(partition, out var end) && lane.Progress.Next is >= 0 and var next ? Math.Max(0, end - next) : null;

    public void SetLanes(IEnumerable<KeyValuePair<TopicPartition, PartitionLane>> lanes) => _lanes = [.. lanes];

    /// <param name="what">To follow "not ready:"; null when this member has been given its partitions.</param>
    public void WaitFor(string? what) => _waitsFor = what;

    /// <summary>The brokers have answered where the partitions end, or have not.</summary>
    public void SetEnds(IReadOnlyDictionary<TopicPartition, long>? ends)
    {
        _reachesBroker = ends is not null;
        if (ends is not null) _ends = ends;
    }

    public void Turned() => Interlocked.Exchange(ref _turn, time.GetTimestamp());

    /// <summary>The thread that polls has left the group and ends.</summary>
    public void Left()
    {
        WaitFor("it has left its group");
        Interlocked.Exchange(ref _turn, 0);
    }
}
