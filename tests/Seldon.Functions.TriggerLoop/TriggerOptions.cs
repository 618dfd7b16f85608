using Microsoft.Extensions.Configuration;

namespace Seldon.Functions.TriggerLoop;

/// <summary>What host.json says of the Kafka trigger, with the environment's <c>AzureFunctionsJobHost__…</c> before it.</summary>
public sealed class TriggerOptions
{
    private readonly IConfiguration _hostJson = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "host.json")).Build();
    private readonly IConfiguration _settings;

    public TriggerOptions(IConfiguration settings)
    {
        _settings = settings;
        MaxBatchSize = Number("maxBatchSize");
        SubscriberInterval = TimeSpan.FromSeconds(Number("subscriberIntervalInSeconds"));
        ChannelCapacity = Number("executorChannelCapacity");
        ChannelFullRetryIntervalMs = Number("channelFullRetryIntervalInMs");
        CommitOnFailure = bool.Parse(Text("commitOnFailure"));
        MaxRetries = Number("maxRetries");
        AutoCommitIntervalMs = Number("autoCommitIntervalMs");
        SessionTimeoutMs = Number("sessionTimeoutMs");
        MaxPollIntervalMs = Number("maxPollIntervalMs");
        (Broker, Topic) = (settings["KAFKA_BROKER"]!, settings["KAFKA_INPUT_TOPIC"]!);
        Group = settings["KAFKA_CONSUMER_GROUP"] ?? $"seldon-functions.{Topic}";
    }

    public int MaxBatchSize { get; }

    public TimeSpan SubscriberInterval { get; }

    public int ChannelCapacity { get; }

    public int ChannelFullRetryIntervalMs { get; }

    public bool CommitOnFailure { get; }

    public int MaxRetries { get; }

    public int AutoCommitIntervalMs { get; }

    public int SessionTimeoutMs { get; }

    public int MaxPollIntervalMs { get; }

    public string Broker { get; }

    public string Topic { get; }

    public string Group { get; }

    private int Number(string name) => int.Parse(Text(name), System.Globalization.CultureInfo.InvariantCulture);

    private string Text(string name) => _settings[$"AzureFunctionsJobHost:extensions:kafka:{name}"] ?? _hostJson[$"extensions:kafka:{name}"]
        ?? throw new InvalidDataException($"host.json says nothing of {name}.");
}
