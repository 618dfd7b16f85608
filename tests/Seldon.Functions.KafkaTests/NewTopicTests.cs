namespace Seldon.Functions.KafkaTests;

/// <summary>A results topic that was just made, some of whose partitions do not take records yet.</summary>
public class NewTopicTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Rounds = 10;

    /// <summary>The client may report success without an offset then: such a record is not acknowledged.</summary>
    [Fact]
    public async Task TopicIsMadeWhileResultsWaitForIt_EveryResultIsThere()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var pipeline = NewPipeline();
            await Kafka.CreateAsync(pipeline.Input, 4);
            await Kafka.CreateAsync(pipeline.Errors, 2);
            var flowers = pipeline.Flowers(200);
            await Kafka.ProduceAsync(flowers.All());
            await using (var instance = Instance.Start(pipeline.Settings()))
            {
                await instance.UntilSaidAsync(209);
                await Kafka.CreateAsync(pipeline.Output, 4);
                await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            }
            (await Account.ReadAsync(pipeline, Kafka)).AssertComplete(flowers);
        }
    }
}
