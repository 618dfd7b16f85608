namespace Seldon.Functions.KafkaTests;

/// <summary>A broker that is up and answers nothing must not keep an instance from stopping. The broker is the test's own.</summary>
public class SilentBrokerTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int NotLeft = 221;
    private const int Records = 200;

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task StoppedWhileTheBrokerIsSilent_EndsAndNothingIsLost(string protocol)
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        await using var broker = await KafkaBroker.StartAsync(Fixture.Home);
        using var topics = new KafkaTopics(broker.Plaintext);
        var pipeline = new Pipeline(topics, Model.RestUrl, Model.GrpcUrl, NewName());
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2 * Records);
        var records = flowers.All().ToList();
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol));
        await using (var instance = Instance.Start(settings))
        {
            await topics.ProduceAsync(records.Take(Records));
            await topics.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            broker.Freeze();
            await instance.StopAsync();
            Assert.NotEmpty(instance.Log.Of(NotLeft));
            broker.Thaw();
        }
        await using (Instance.Start(settings))
        {
            await topics.ProduceAsync(records.Skip(Records));
            await topics.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        }
        (await Account.ReadAsync(pipeline, topics)).AssertExact(flowers);
    }
}
