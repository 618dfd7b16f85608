
namespace Seldon.Functions.Kafka;

/// <summary>What is read from and written to Kafka, and how. Made by <see cref="ProcessorSettings.Read"/>, which has checked it.</summary>
public sealed record KafkaOptions
{
    internal const int DefaultWindowRecords = 5000;
    internal const int DefaultWindowBytes = 64 * 1024 * 1024;

    /// <summary>host:port[,host:port…] of the brokers. Setting: <c>KAFKA_BROKER</c>.</summary>
    public required string Broker { get; init; }

    /// <summary>The topics to read. Setting: <c>KAFKA_INPUT_TOPIC</c>, and those of the routes.</summary>
    public required IReadOnlyList<string> InputTopics { get; init; }

    /// <summary>The topics for results and dead letters; empty where every route has its own. Settings: <c>KAFKA_OUTPUT_TOPIC</c>, <c>KAFKA_ERROR_TOPIC</c>.</summary>
    public required OutputTopics Output { get; init; }

    /// <summary>The topics of the routes that have their own.</summary>
    public IReadOnlyDictionary<string, OutputTopics> RouteOutputs { get; init; } = new Dictionary<string, OutputTopics>();

    /// <summary>
    /// The topics for dead letters of records that no route takes, by input topic, where all routes have their own topics and
    /// <see cref="Output"/> names none: those of the route that takes the input topic's other records.
    /// </summary>
    public IReadOnlyDictionary<string, string> UnroutedErrors { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the results and dead letters of a route go; of records without one, too (the empty name).</summary>
    /// <param name="inputTopic">The topic that the record came from.</param>
    public OutputTopics OutputOf(string route, string inputTopic)
    {
        if (RouteOutputs.TryGetValue(route, out var own)) return own;
        return UnroutedErrors.TryGetValue(inputTopic, out var errors) ? Output with { Errors = errors } : Output;
    }

    /// <summary>The consumer group. Default: <c>seldon-functions.</c> + input topic. Setting: <c>KAFKA_CONSUMER_GROUP</c>.</summary>
    public required string Group { get; init; }

    /// <summary>
    /// How results, dead letters and offsets are published together, so that each record is answered exactly once; null for at least once. Setting:
    /// <c>KAFKA_DELIVERY</c>.
    /// </summary>
    public TransactionOptions? Transactions { get; init; }

    /// <summary>Whether the group speaks KIP-848 instead of the classic protocol. Setting: <c>KAFKA_GROUP_PROTOCOL</c>.</summary>
    public bool ConsumerGroupProtocol { get; init; }

    /// <summary>Most records read and not yet committed. Default 5000. Setting: <c>Seldon:Window:Records</c>.</summary>
    public int WindowRecords { get; init; } = DefaultWindowRecords;

    /// <summary>Most bytes of such records; one larger record passes alone. Default 64 MiB. Setting: <c>Seldon:Window:Bytes</c>.</summary>
    public long WindowBytes { get; init; } = DefaultWindowBytes;

    /// <summary>librdkafka properties for both clients: security, from the <c>KAFKA_SSL_*</c> and <c>KAFKA_SASL_*</c> settings.</summary>
    public IReadOnlyDictionary<string, string> Security { get; init; } = new Dictionary<string, string>();

    /// <summary>Raw librdkafka properties of the consumer. Section <c>Seldon:Kafka:Consumer</c>.</summary>
    public IReadOnlyDictionary<string, string> Consumer { get; init; } = new Dictionary<string, string>();

    /// <summary>Raw librdkafka properties of the producer. Section <c>Seldon:Kafka:Producer</c>.</summary>
    public IReadOnlyDictionary<string, string> Producer { get; init; } = new Dictionary<string, string>();
}

/// <summary>Transactions of the producer.</summary>
/// <param name="Id">The transactional id, another one for each instance. Setting: <c>KAFKA_TRANSACTIONAL_ID</c>.</param>
/// <param name="IsGenerated">Whether the id was made for this instance alone, since none is set.</param>
/// <param name="Interval">How long a transaction is open, unless it is full before. Default 100 ms. Setting: <c>Seldon:Transaction:Interval</c>.</param>
/// <param name="MaxBytes">Most bytes of the values in a transaction. Default 16 MiB. Setting: <c>Seldon:Transaction:MaxBytes</c>.</param>
public sealed record TransactionOptions(string Id, bool IsGenerated, TimeSpan Interval, long MaxBytes)
{
    private const int RandomLength = 32;

    /// <summary>An id that no other instance has: the group's name, the host's and a random number.</summary>
    internal static string NewId(string group) => $"{group}.{Environment.MachineName}.{Guid.NewGuid():N}";

    /// <summary>Whether the id is one that <see cref="NewId"/> makes for instances of the group.</summary>
    internal static bool IsNewId(string id, string group) =>
        id.StartsWith($"{group}.", StringComparison.Ordinal) && id.Length > group.Length + RandomLength && id[^(RandomLength + 1)] == '.' && Guid.TryParseExact(id[^RandomLength..], "N", out _);
}

/// <summary>Where records go.</summary>
/// <param name="Results">The topic for results.</param>
/// <param name="Errors">The topic for dead letters. Default: that for results + <c>.errors</c>.</param>
public sealed record OutputTopics(string Results, string Errors);
