using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Seldon.Functions.KafkaTests;

/// <summary>What the tests do with a Kafka beside the code that they test: topics, offsets, records.</summary>
internal sealed class KafkaTopics : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IAdminClient _admin;
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly ConcurrentDictionary<string, Lazy<IConsumer<byte[], byte[]>>> _members = new();

    public KafkaTopics(string bootstrapServers)
    {
        BootstrapServers = bootstrapServers;
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers, AllowAutoCreateTopics = false })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        _producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            // With several requests in flight to a topic that was just made, the client takes lost records for acknowledged ones.
            EnableIdempotence = true,
            MaxInFlight = 1,
            Partitioner = Confluent.Kafka.Partitioner.Murmur2Random,
            TopicMetadataRefreshIntervalMs = 2000,
        })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
    }

    public string BootstrapServers { get; }

    public async Task CreateAsync(string topic, int partitions, params (string Name, string Value)[] settings)
    {
        await _admin.CreateTopicsAsync(
            [new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = -1, Configs = settings.ToDictionary(s => s.Name, s => s.Value) }]);
        await Until.TrueAsync(() => Partitions(topic) == partitions, () => $"{topic} is there");
    }

    public async Task DeleteAsync(string topic)
    {
        await _admin.DeleteTopicsAsync([topic]);
        await Until.TrueAsync(() => Partitions(topic) == 0, () => $"{topic} is gone");
    }

    /// <summary>Makes the broker forget all records before this offset.</summary>
    public Task DeleteRecordsAsync(string topic, int partition, long before) =>
        _admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, partition, before)]);

    /// <summary>Sends the records in order; those without a key go to their source partition.</summary>
    public async Task ProduceAsync(IEnumerable<ProducerRecord> records)
    {
        var sent = new List<Task>();
        foreach (var record in records)
        {
            var headers = new Headers();
            foreach (var header in record.Headers) headers.Add(header.Name, header.Value);
            var partition = record.Key is null ? record.SourcePartition % Partitions(record.Topic) : Partition.Any.Value;
            sent.Add(_producer.ProduceAsync(
                new TopicPartition(record.Topic, partition), new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = headers }));
        }
        await Task.WhenAll(sent);
    }

    /// <summary>The end offset of each partition.</summary>
    public Task<IReadOnlyDictionary<int, long>> EndsAsync(string topic) => OffsetsAsync(topic, OffsetSpec.Latest());

    /// <summary>The offset of the first record of each partition that the broker still has.</summary>
    public Task<IReadOnlyDictionary<int, long>> StartsAsync(string topic) => OffsetsAsync(topic, OffsetSpec.Earliest());

    /// <summary>How many records were ever written to the topic.</summary>
    public async Task<long> CountAsync(string topic) => (await EndsAsync(topic)).Values.Sum();

    /// <summary>The committed offset of each partition; nothing for one that has none.</summary>
    public Task<IReadOnlyDictionary<int, long>> CommittedAsync(string group, string topic)
    {
        var partitions = Enumerable.Range(0, Partitions(topic)).Select(p => new TopicPartition(topic, p)).ToList();
        return AnswerAsync<IReadOnlyDictionary<int, long>>(() => Task.Run<IReadOnlyDictionary<int, long>>(() => Member(group).Committed(partitions, Patience)
            .Where(p => p.Offset.Value >= 0).ToDictionary(p => p.Partition.Value, p => p.Offset.Value)));
    }

    /// <summary>Commits for a group without members.</summary>
    public Task CommitAsync(string group, string topic, int partition, long offset) =>
        AnswerAsync(() => Task.Run(() =>
        {
            Member(group).Commit([new TopicPartitionOffset(topic, partition, offset)]);
            return true;
        }));

    /// <summary>Waits until everything on the topic is committed by the group.</summary>
    public Task UntilCommittedAsync(string group, string topic, TimeSpan? within = null, Func<string>? more = null) => Until.TrueAsync(
        async () =>
        {
            var committed = await CommittedAsync(group, topic);
            return (await EndsAsync(topic)).All(end => end.Value == 0 || (committed.TryGetValue(end.Key, out var offset) && offset == end.Value));
        },
        () => $"{group} has committed all of {topic}. {more?.Invoke()}",
        within);

    public Task UntilCountAsync(string topic, long least, TimeSpan? within = null) =>
        Until.TrueAsync(async () => await CountAsync(topic) >= least, () => $"{least} records are on {topic}", within);

    /// <summary>Whether the broker makes a topic when somebody writes to it.</summary>
    public async Task<bool> MakesTopicsAsync()
    {
        var broker = new ConfigResource { Type = ResourceType.Broker, Name = $"{_admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers[0].BrokerId}" };
        return (await _admin.DescribeConfigsAsync([broker]))[0].Entries["auto.create.topics.enable"].Value == "true";
    }

    public int Partitions(string topic) =>
        _admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Find(t => t.Topic == topic)?.Partitions.Count ?? 0;

    public void Dispose()
    {
        foreach (var member in _members.Values) member.Value.Dispose();
        _producer.Dispose();
        _admin.Dispose();
    }

    private async Task<IReadOnlyDictionary<int, long>> OffsetsAsync(string topic, OffsetSpec which)
    {
        var partitions = Enumerable.Range(0, Partitions(topic)).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new(topic, p), OffsetSpec = which });
        var listed = await AnswerAsync(() => _admin.ListOffsetsAsync(partitions));
        return listed.ResultInfos.ToDictionary(o => o.TopicPartitionOffsetError.Partition.Value, o => o.TopicPartitionOffsetError.Offset.Value);
    }

    /// <summary>The broker's answer; a broker that has just started, or a topic that was just made, is asked again.</summary>
    private static async Task<T> AnswerAsync<T>(Func<Task<T>> ask)
    {
        var (answer, refusal) = (default(T), "");
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    answer = await ask();
                    return true;
                }
                catch (KafkaException refused)
                {
                    refusal = refused.Message;
                    return false;
                }
            },
            () => $"an answer of the broker: {refusal}");
        return answer!;
    }

    /// <summary>
    /// A client that reads and writes the group's offsets and never joins it. The admin client could do this, too, but it
    /// frees an error twice whenever the broker answers one, and takes the process along.
    /// </summary>
    private IConsumer<byte[], byte[]> Member(string group) => _members.GetOrAdd(group, name => new(() =>
        new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = name, EnableAutoCommit = false })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build())).Value;
}
