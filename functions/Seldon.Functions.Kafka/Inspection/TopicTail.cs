using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Inspection;

/// <summary>Reads the last records of some topics, and those that follow. Joins no group and commits nothing. Not thread-safe.</summary>
internal sealed class TopicTail : IDisposable
{
    private const int LeastDepth = 10;
    private const int Deeper = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly List<TopicPartition> _partitions = [];
    private readonly KafkaOptions _options;
    private readonly TimeProvider _time;
    private Dictionary<TopicPartition, WatermarkOffsets> _logs = [];

    /// <param name="topics">The topics. Those that are not there are in <see cref="Missing"/>.</param>
    /// <exception cref="ClusterException">No broker answers.</exception>
    public TopicTail(KafkaOptions options, IEnumerable<string> topics, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var config = ClientConfigs.Consumer(options);
        config.EnableAutoCommit = false;
        config.Set("auto.offset.reset", "earliest");
        _consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        try
        {
            using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
            foreach (var topic in topics)
            {
                var found = ClusterException.Try(options, () => admin.GetMetadata(topic, Patience)).Topics.Find(t => t.Topic == topic);
                if (found is null or { Partitions.Count: 0 }) Missing.Add((topic, found?.Error.Reason ?? "not listed"));
                else _partitions.AddRange(found.Partitions.Select(p => new TopicPartition(topic, p.PartitionId)));
            }
            if (_partitions.Count > 0) ClusterException.Try(options, SeekToEnd);
        }
        catch
        {
            _consumer.Dispose();
            throw;
        }
    }

    /// <summary>Topics that cannot be read, and why.</summary>
    public List<(string Topic, string Reason)> Missing { get; } = [];

    /// <summary>The last records that match and stand on the topics now, in the order of their times; reading goes on behind them.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="matches">Which records count.</param>
    /// <param name="since">Milliseconds since 1970: no older record is looked at.</param>
    /// <exception cref="ClusterException">The brokers do not answer.</exception>
    public IReadOnlyList<Record> ReadLast(int count, Func<Record, bool> matches, long? since, CancellationToken stop) =>
        _partitions.Count == 0 ? [] : ClusterException.Try(_options, () => FindLast(count, matches, since, stop));

    /// <summary>The next record; null if none comes within the time.</summary>
    public Record? Next(TimeSpan timeout)
    {
        if (_partitions.Count == 0) return null;
        while (ClusterException.Try(_options, () => _consumer.Consume(timeout)) is { } result)
        {
            if (!result.IsPartitionEOF) return result.ToRecord();
        }
        return null;
    }

    public void Dispose() => _consumer.Dispose();

    private List<Record> FindLast(int count, Func<Record, bool> matches, long? since, CancellationToken stop)
    {
        _logs = Logs();
        var floors = Floors(since);
        // What stands before the end may be marks of transactions, or match nothing: then it is read from further back.
        for (long depth = Math.Max(count, LeastDepth); ; depth *= Deeper)
        {
            var starts = _logs.ToDictionary(l => l.Key, l => Math.Max(floors[l.Key], l.Value.High.Value - depth));
            var found = Read(starts, matches, count, stop);
            if (found.Count == count || starts.All(s => s.Value <= floors[s.Key])) return found;
        }
    }

    private bool SeekToEnd()
    {
        _logs = Logs();
        _consumer.Assign(_logs.Select(l => new TopicPartitionOffset(l.Key, l.Value.High)));
        return true;
    }

    private Dictionary<TopicPartition, WatermarkOffsets> Logs() => _partitions.ToDictionary(p => p, p => _consumer.QueryWatermarkOffsets(p, Patience));

    private Dictionary<TopicPartition, long> Floors(long? since)
    {
        if (since is not { } time) return _logs.ToDictionary(l => l.Key, l => l.Value.Low.Value);
        var times = _partitions.Select(p => new TopicPartitionTimestamp(p, new Timestamp(time, TimestampType.CreateTime)));
        return _consumer.OffsetsForTimes(times, Patience).ToDictionary(o => o.TopicPartition, o => o.Offset.IsSpecial ? _logs[o.TopicPartition].High.Value : o.Offset.Value);
    }

    private List<Record> Read(Dictionary<TopicPartition, long> starts, Func<Record, bool> matches, int count, CancellationToken stop)
    {
        var found = new PriorityQueue<Record, (long, long)>();
        var open = starts.Where(s => s.Value < _logs[s.Key].High).Select(s => s.Key).ToHashSet();
        _consumer.Assign(starts.Select(s => new TopicPartitionOffset(s.Key, s.Value)));
        var last = _time.GetTimestamp();
        while (open.Count > 0)
        {
            stop.ThrowIfCancellationRequested();
            if (_consumer.Consume(Turn) is not { } result)
            {
                if (_time.GetElapsedTime(last) > Patience) throw new KafkaException(ErrorCode.Local_TimedOut);
                continue;
            }
            last = _time.GetTimestamp();
            // The end of what is committed may come before the end of the log.
            if (result.IsPartitionEOF || result.Offset >= _logs[result.TopicPartition].High - 1) open.Remove(result.TopicPartition);
            if (result.IsPartitionEOF || result.Offset >= _logs[result.TopicPartition].High) continue;
            if (result.ToRecord() is not { } record || !matches(record)) continue;
            found.Enqueue(record, (record.Timestamp, record.Offset));
            if (found.Count > count) found.Dequeue();
        }
        var sorted = new List<Record>(found.Count);
        while (found.TryDequeue(out var record, out _)) sorted.Add(record);
        // What was read beyond the end is read again when it is asked for.
        _consumer.Assign(_logs.Select(l => new TopicPartitionOffset(l.Key, l.Value.High)));
        return sorted;
    }
}
