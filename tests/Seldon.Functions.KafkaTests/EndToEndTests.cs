namespace Seldon.Functions.KafkaTests;

/// <summary>The whole path through a genuine broker, with both group protocols.</summary>
public class EndToEndTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task RecordsOfBothTransports_ComeOutOnceAndInOrder_AndAllIsCommitted(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        // Nothing was ever committed: these stand there before the group does.
        await Kafka.ProduceAsync(flowers.All().Take(1000));

        await using (var instance = Instance.Start(pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol))))
        {
            await instance.UntilSaidAsync(202);
            await Kafka.ProduceAsync(flowers.All().Skip(1000));
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            await instance.StopAsync();
            Assert.Single(instance.Log.Of(216));
            Assert.DoesNotContain(instance.Log.Shown, l => l.Id is >= 204 and <= 213);
        }

        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
        Assert.Equal(await Kafka.EndsAsync(pipeline.Input), await Kafka.CommittedAsync(pipeline.Group, pipeline.Input));
    }

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task StoppedAmidItsWork_NextInstanceGoesOnWhereItStopped(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await Kafka.ProduceAsync(flowers.All());
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_WORKERS", "8"), ("Seldon:Window:Records", "100"));

        await using (Instance.Start(settings)) await Kafka.UntilCountAsync(pipeline.Output, 300);
        var published = await Kafka.CountAsync(pipeline.Output) + await Kafka.CountAsync(pipeline.Errors);
        Assert.InRange(published, 300, 1900);
        Assert.Equal(published, (await Kafka.CommittedAsync(pipeline.Group, pipeline.Input)).Values.Sum());

        await using (Instance.Start(settings)) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }
}
