namespace Seldon.Functions.KafkaTests;

/// <summary>Instances come and go while records flow.</summary>
public class RebalanceTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Records = 4000;

    [Theory]
    [InlineData("classic", "acknowledged")]
    [InlineData("consumer", "acknowledged")]
    [InlineData("classic", "exactly-once")]
    [InlineData("consumer", "exactly-once")]
    public async Task SecondInstanceJoinsAndLeaves_NothingIsLostDuplicatedOrOutOfOrder(string protocol, string delivery)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(input: 6);
        var flowers = pipeline.Flowers(Records);
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_DELIVERY", delivery), ("KAFKA_WORKERS", "4"), ("Seldon:Window:Records", "200"));
        await Kafka.ProduceAsync(flowers.All());

        await using (var first = Instance.Start(settings))
        {
            await Kafka.UntilCountAsync(pipeline.Output, 300);
            await using (var second = Instance.Start(settings))
            {
                await second.UntilSaidAsync(202);
                await Kafka.UntilCountAsync(pipeline.Output, await Kafka.CountAsync(pipeline.Output) + 500);
            }
            Assert.True(await Kafka.CountAsync(pipeline.Output) < Records * 0.9, "The second instance left amid the load.");
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.NotEmpty(first.Log.Of(203));
            Assert.Empty(first.Log.Of(204));
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    /// <summary>Transactions are open for seconds here: what they hold is committed before its partition has another owner, or not at all.</summary>
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task PartitionsAreRevokedAmidATransaction_NothingComesTwice(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(input: 6);
        var flowers = pipeline.Flowers(1500);
        var settings = pipeline.Settings(
            ("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_WORKERS", "2"), ("Seldon:Window:Records", "200"), ("Seldon:Transaction:Interval", "5s"));
        await Kafka.ProduceAsync(flowers.All());

        await using (var first = Instance.Start(settings))
        {
            // An open transaction counts here.
            await Kafka.UntilCountAsync(pipeline.Output, 20);
            await using var second = Instance.Start(settings);
            await first.UntilSaidAsync(203);
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(3), first.Log.ToString);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }
}
