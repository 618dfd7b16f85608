namespace Seldon.Functions.KafkaTests;

/// <summary>The broker goes away amid the stream and comes back with its data. The broker is the test's own.</summary>
public class BrokerRestartTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task BrokerRestarts_EverythingComesOutInOrder(string protocol)
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        await using var broker = await KafkaBroker.StartAsync(Fixture.Home);
        using var topics = new KafkaTopics(broker.Plaintext);
        var pipeline = new Pipeline(topics, Model.RestUrl, Model.GrpcUrl, NewName());
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await topics.ProduceAsync(flowers.All());

        await using (var instance = Instance.Start(pipeline.Settings(
            ("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_WORKERS", "4"), ("Seldon:Window:Records", "100"))))
        {
            await topics.UntilCountAsync(pipeline.Output, 300);
            await broker.StopAsync();
            await broker.StartAsync();
            await topics.UntilCommittedAsync(pipeline.Group, pipeline.Input, more: () => $"{instance.Log}");
        }

        var account = await Account.ReadAsync(pipeline, topics);
        account.AssertComplete(flowers);
        TestContext.Current.TestOutputHelper!.WriteLine($"{protocol}: {account.Duplicates} records delivered again");
        Assert.True(account.Rewinds.Values.Max() <= 1, account.DescribeRewinds());
        Assert.InRange(account.Duplicates, 0, 1000);
    }
}
