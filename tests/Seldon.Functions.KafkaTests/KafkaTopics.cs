using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>What the tests do with a Kafka beside the code that they test: topics, offsets, records.</summary>
internal sealed class KafkaTopics : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Where a time is expected, these ask for the end and the beginning.</summary>
    private const long End = -1;
    private const long Start = -2;

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
        await Until.True(() => Partitions(topic) == partitions, () => $"{topic} is there");
    }

    /// <param name="topic">A topic that has fewer.</param>
    /// <param name="partitions">How many it has then.</param>
    public Task AddPartitionsAsync(string topic, int partitions) =>
        _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = partitions }]);

    public async Task DeleteAsync(string topic)
    {
        await _admin.DeleteTopicsAsync([topic]);
        await Until.True(() => Partitions(topic) == 0, () => $"{topic} is gone");
    }

    /// <summary>Makes the broker forget all records before this offset.</summary>
    public Task DeleteRecordsAsync(string topic, int partition, long before) =>
        _admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, partition, before)]);

    /// <summary>Sends the records in order; those without a key go to their source partition.</summary>
    public async Task ProduceAsync(IEnumerable<ProducerRecord> records)
    {
        var partitions = new Dictionary<string, int>();
        var sent = new List<Task>();
        foreach (var record in records)
        {
            if (!partitions.TryGetValue(record.Topic, out var count)) partitions[record.Topic] = count = Partitions(record.Topic);
            sent.Add(SendAsync(record, count));
        }
        await Task.WhenAll(sent);
    }

    /// <summary>Sends a record to a topic with so many partitions; ends when the broker has it, however long that takes.</summary>
    public Task SendAsync(ProducerRecord record, int partitions)
    {
        var headers = new Headers();
        foreach (var header in record.Headers) headers.Add(header.Name, header.Value);
        var partition = record.Key is null ? record.SourcePartition % partitions : Partition.Any.Value;
        return _producer.ProduceAsync(
            new TopicPartition(record.Topic, partition), new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = headers });
    }

    /// <summary>The end offset of each partition.</summary>
    public Task<IReadOnlyDictionary<int, long>> EndsAsync(string topic) => OffsetsAsync(topic, End);

    /// <summary>The offset of the first record of each partition that the broker still has.</summary>
    public Task<IReadOnlyDictionary<int, long>> StartsAsync(string topic) => OffsetsAsync(topic, Start);

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
    public Task UntilCommittedAsync(string group, string topic, TimeSpan? within = null, Func<string>? more = null) => Until.True(
        async () =>
        {
            var committed = await CommittedAsync(group, topic);
            return (await EndsAsync(topic)).All(end => end.Value == 0 || (committed.TryGetValue(end.Key, out var offset) && offset == end.Value));
        },
        () => $"{group} has committed all of {topic}. {more?.Invoke()}",
        within);

    public Task UntilCountAsync(string topic, long least, TimeSpan? within = null) =>
        Until.True(async () => await CountAsync(topic) >= least, () => $"{least} records are on {topic}", within);

    /// <summary>Waits until every replica of the topics has what its leader has.</summary>
    public Task UntilInSyncAsync(params string[] topics) => Until.True(
        () => topics.All(topic => _admin.GetMetadata(topic, Patience).Topics[0].Partitions is { Count: > 0 } all && all.All(p => p.InSyncReplicas.Length == p.Replicas.Length)),
        () => $"all replicas of {string.Join(", ", topics)} are in sync",
        TimeSpan.FromMinutes(2));

    /// <summary>The id of the broker that leads the topic's first partition.</summary>
    public int LeaderOf(string topic) => _admin.GetMetadata(topic, Patience).Topics[0].Partitions[0].Leader;

    /// <summary>Forbids a user to write to the topics.</summary>
    public Task DenyWritesAsync(string user, params string[] topics) => _admin.CreateAclsAsync(topics.Select(topic => Denial(user, topic)));

    /// <summary>Allows the user an operation on a topic, such as Read.</summary>
    public Task AllowAsync(string user, string topic, string operation) => _admin.CreateAclsAsync(
    [
        new AclBinding
        {
            Pattern = new ResourcePattern { Type = ResourceType.Topic, Name = topic, ResourcePatternType = ResourcePatternType.Literal },
            Entry = new AccessControlEntry { Principal = $"User:{user}", Host = "*", Operation = Enum.Parse<AclOperation>(operation), PermissionType = AclPermissionType.Allow },
        },
    ]);

    /// <summary>Takes that back.</summary>
    public Task GrantWritesAsync(string user, params string[] topics) => _admin.DeleteAclsAsync(topics.Select(topic => Denial(user, topic).ToFilter()));

    /// <summary>Forbids a user to be in the group, and to commit for it.</summary>
    public Task DenyGroupAsync(string user, string group) => _admin.CreateAclsAsync([Denial(user, ResourceType.Group, group, AclOperation.Read)]);

    /// <summary>Takes that back.</summary>
    public Task GrantGroupAsync(string user, string group) => _admin.DeleteAclsAsync([Denial(user, ResourceType.Group, group, AclOperation.Read).ToFilter()]);

    /// <summary>Gives a user of SCRAM-SHA-512 another password.</summary>
    public Task SetPasswordAsync(string user, string password) => _admin.AlterUserScramCredentialsAsync(
    [
        new UserScramCredentialUpsertion
        {
            User = user,
            Password = Encoding.UTF8.GetBytes(password),
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
        },
    ]);

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

    private static AclBinding Denial(string user, string topic) => Denial(user, ResourceType.Topic, topic, AclOperation.Write);

    private static AclBinding Denial(string user, ResourceType kind, string name, AclOperation operation) => new()
    {
        Pattern = new ResourcePattern { Type = kind, Name = name, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new AccessControlEntry { Principal = $"User:{user}", Host = "*", Operation = operation, PermissionType = AclPermissionType.Deny },
    };

    private Task<IReadOnlyDictionary<int, long>> OffsetsAsync(string topic, long which)
    {
        var partitions = Enumerable.Range(0, Partitions(topic))
            .Select(p => new TopicPartitionTimestamp(topic, p, new Timestamp(which, TimestampType.CreateTime))).ToList();
        return AnswerAsync<IReadOnlyDictionary<int, long>>(() => Task.Run<IReadOnlyDictionary<int, long>>(() => Member("offsets")
            .OffsetsForTimes(partitions, Patience).ToDictionary(o => o.Partition.Value, o => o.Offset.Value)));
    }

    /// <summary>The broker's answer; a broker that has just started, or a topic that was just made, is asked again.</summary>
    private static async Task<T> AnswerAsync<T>(Func<Task<T>> ask)
    {
        var (answer, refusal) = (default(T), "");
        await Until.True(
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
    /// A client that asks for offsets, reads and writes those of the group and never joins it. The admin client could do this, too,
    /// but it ends the process now and then.
    /// </summary>
    private IConsumer<byte[], byte[]> Member(string group) => _members.GetOrAdd(group, name => new(() =>
        new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = BootstrapServers,
            GroupId = name,
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadUncommitted,
            AllowAutoCreateTopics = false,
        })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build())).Value;
}
