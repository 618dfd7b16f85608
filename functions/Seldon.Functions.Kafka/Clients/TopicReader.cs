using Confluent.Kafka;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>Reads whole topics from their beginnings, without joining a group and without committing. Not thread-safe.</summary>
internal sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly Dictionary<TopicPartition, long> _next = [];

    /// <param name="options">Broker and security; nothing else of it is used.</param>
    /// <param name="group">The name that the broker knows this reader by; no offset of it is ever stored.</param>
    /// <param name="topics">The topics, which must be there.</param>
    public TopicReader(KafkaOptions options, string group, params IReadOnlyList<string> topics)
    {
        var config = ClientConfigs.Consumer(options);
        config.GroupId = group;
        config.EnableAutoCommit = false;
        config.Set("auto.offset.reset", "earliest");
        _consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        foreach (var topic in topics)
        {
            foreach (var partition in admin.GetMetadata(topic, Patience).Topics[0].Partitions)
                _next[new TopicPartition(topic, partition.PartitionId)] = 0;
        }
        _consumer.Assign(_next.Keys.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
    }

    /// <summary>The next record of any partition; null if none comes within the time.</summary>
    public Record? Read(TimeSpan timeout)
    {
        while (_consumer.Consume(timeout) is { } result)
        {
            _next[result.TopicPartition] = result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1;
            if (!result.IsPartitionEOF) return result.ToRecord();
        }
        return null;
    }

    /// <summary>Every record that stands on the topics at the moment when the first is asked for; none that comes later.</summary>
    public IEnumerable<Record> ReadUpToNow(CancellationToken stop)
    {
        var logs = Logs();
        while (!HasRead(logs))
        {
            stop.ThrowIfCancellationRequested();
            if (Read(Turn) is { } record && record.Offset < logs[new TopicPartition(record.Topic, record.Partition)].High.Value) yield return record;
        }
    }

    /// <summary>Whether everything before this offset has been read; markers of transactions, which are no records, may stand before it.</summary>
    public bool HasReadTo(string topic, int partition, long offset) => _next[new TopicPartition(topic, partition)] >= offset;

    /// <summary>Whether every record that stands on the topics now has been read.</summary>
    public bool IsAtEnd() => HasReadUpToNow()();

    /// <summary>Whether every record has been read that stands on the topics at the moment of this call.</summary>
    public Func<bool> HasReadUpToNow()
    {
        var logs = Logs();
        return () => HasRead(logs);
    }

    public void Dispose() => _consumer.Dispose();

    private Dictionary<TopicPartition, WatermarkOffsets> Logs() => _next.Keys.ToDictionary(p => p, p => _consumer.QueryWatermarkOffsets(p, Patience));

    private bool HasRead(Dictionary<TopicPartition, WatermarkOffsets> logs) =>
        _next.All(p => p.Value >= logs[p.Key].High || logs[p.Key].High <= logs[p.Key].Low);
}
