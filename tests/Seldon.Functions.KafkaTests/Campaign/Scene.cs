using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>Where faults happen: what all rows share.</summary>
/// <param name="Home">For rows that need a broker of their own.</param>
/// <param name="Kafka">The broker of the other rows.</param>
/// <param name="Model">The model of the rows in which it behaves.</param>
/// <param name="Scale">How much of each fault there is.</param>
/// <param name="Say">Takes a line about what happens now.</param>
internal sealed record Scene(KafkaHome Home, KafkaTopics Kafka, EmbeddedModel Model, Scale Scale, Action<string> Say)
{
    /// <summary>How instances deliver: the setting <c>KAFKA_DELIVERY</c>.</summary>
    public string Delivery { get; init; } = "acknowledged";

    /// <summary>How many rows a merged call may have: the setting <c>MODEL_MAX_BATCH_ROWS</c>. 1 merges nothing.</summary>
    public int BatchRows { get; init; } = 1;

    /// <summary>Whether no record may come twice, whatever happens.</summary>
    public bool IsExactlyOnce => Delivery == "exactly-once";

    /// <summary>The same with another broker.</summary>
    public Scene On(KafkaTopics kafka) => this with { Kafka = kafka };
}
