using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.KafkaTests;

/// <summary>What all tests share. Without a Kafka they are skipped, each with the reason.</summary>
public abstract class KafkaTest
{
    protected KafkaTest(KafkaFixture kafka)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        if (kafka.Missing is { } missing) Assert.Skip(missing);
        Fixture = kafka;
    }

    private protected KafkaFixture Fixture { get; }

    private protected KafkaTopics Kafka => Fixture.Topics;

    private protected EmbeddedModel Model => Fixture.Model;

    /// <summary>Topics and group of their own, towards the embedded model.</summary>
    private protected Pipeline NewPipeline() => new(Kafka, Model.RestUrl, Model.GrpcUrl, NewName());

    private protected Pipeline NewPipeline(ScriptedModel model) => new(Kafka, new Uri(model.RestUrl), null, NewName());

    private protected static string NewName() => $"t-{Guid.NewGuid():N}";
}
