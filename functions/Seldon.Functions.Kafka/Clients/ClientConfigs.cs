using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>The librdkafka properties of our clients, each with the reason why it is not the default.</summary>
internal static class ClientConfigs
{
    /// <summary>How often the offsets that are stored are committed.</summary>
    public const int CommitIntervalMs = 200;

    private const int TransactionTimeoutMs = 6_000;

    public static ConsumerConfig Consumer(KafkaOptions options)
    {
        var config = new ConsumerConfig(Common(options))
        {
            GroupId = options.Group,
            // Only offsets that were stored are committed, and only what is acknowledged is stored.
            // In transactions, the producer commits.
            EnableAutoCommit = options.Transactions is null,
            AutoCommitIntervalMs = CommitIntervalMs,
            EnableAutoOffsetStore = false,
            AllowAutoCreateTopics = false,
            // A redrive that is broken off takes back what it had put on the topic: that must not be read.
            IsolationLevel = IsolationLevel.ReadCommitted,
            // What stands at the end may be the mark of a transaction, which is never delivered: the offset after it comes with this.
            EnablePartitionEof = true,
            // Partitions that are added to a topic are read after seconds, not after five minutes.
            TopicMetadataRefreshIntervalMs = 10_000,
            // A member that does not give back what it is asked for holds up its group for as long. This one polls every 50 ms, and takes ten seconds
            // to give back.
            MaxPollIntervalMs = 60_000,
            StatisticsIntervalMs = (int)ClockStepGuard.Interval.TotalMilliseconds,
            // Two large records at least: the default would refuse a fetch that holds one of more than 100 MB.
            ReceiveMessageMaxBytes = 2_000_000_000,
        };
        // By this the other members know whose transaction to end when this one has died.
        if (options.Transactions is { IsGenerated: true } transactions) config.ClientId = transactions.Id;
        // An offset that is gone must be seen, not skipped; "error" has no member of AutoOffsetReset.
        config.Set("auto.offset.reset", "error");
        if (options.ConsumerGroupProtocol)
        {
            config.GroupProtocol = GroupProtocol.Consumer;
        }
        else
        {
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
            // After a kill the others take over in seconds, not in the default's 45.
            config.SessionTimeoutMs = 6000;
            config.HeartbeatIntervalMs = 2000;
        }
        return Add(config, ConnectionProperties.In(options.Producer), options.Consumer);
    }

    public static ProducerConfig Producer(KafkaOptions options) => Add(
        new ProducerConfig(Common(options))
        {
            // Retries neither reorder nor duplicate.
            EnableIdempotence = true,
            Acks = Acks.All,
            // With several requests in flight to a topic that was just made, or to a broker that was just started, the client takes lost
            // records for acknowledged ones; sent again, they would stand behind later ones.
            MaxInFlight = 1,
            // A broker that is down is waited for; the window bounds what waits.
            MessageTimeoutMs = 0,
            // librdkafka counts uncompressed bytes; the broker, which counts compressed ones, is to judge.
            MessageMaxBytes = 1_000_000_000,
            CompressionType = CompressionType.Lz4,
            // With one request in flight, records gather behind it. Lingering would only add its wait to each record's latency.
            LingerMs = 0,
            // Keys that are redriven land where the Java clients would put them; other records come with their partition.
            Partitioner = Partitioner.Murmur2Random,
            // The delivery handler is given the record already.
            DeliveryReportFields = "none",
            // Partitions that are added to a topic are known to each client after seconds, not after five minutes.
            TopicMetadataRefreshIntervalMs = 10_000,
            // A missing topic is reported after ten seconds, not thirty.
            TopicMetadataPropagationMaxMs = 10_000,
        },
        ConnectionProperties.In(options.Consumer),
        options.Producer);

    /// <summary>The same in transactions.</summary>
    public static ProducerConfig Transactional(KafkaOptions options)
    {
        var config = Producer(options);
        config.TransactionalId = options.Transactions!.Id;
        // The transaction of an instance that was killed holds back the readers of its topics, and the new owner of its partitions, for as long. No record may wait
        // longer than its transaction.
        config.TransactionTimeoutMs = config.MessageTimeoutMs = TransactionTimeoutMs;
        return config;
    }

    /// <summary>A client that only looks things up; it never makes a topic by asking for it.</summary>
    public static AdminClientConfig Admin(KafkaOptions options) => Add(
        new AdminClientConfig(Common(options)) { AllowAutoCreateTopics = false },
        ConnectionProperties.In(options.Producer),
        ConnectionProperties.In(options.Consumer));

    private static Dictionary<string, string> Common(KafkaOptions options) => new(options.Security)
    {
        ["bootstrap.servers"] = options.Broker,
        ["client.id"] = "seldon-functions",
        ["socket.keepalive.enable"] = "true",
    };

    /// <summary>Sets raw properties; what comes later wins.</summary>
    private static T Add<T>(T config, IEnumerable<KeyValuePair<string, string>> shared, IEnumerable<KeyValuePair<string, string>> own) where T : Config
    {
        foreach (var (name, value) in shared.Concat(own)) config.Set(name, value);
        return config;
    }
}
