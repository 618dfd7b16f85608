using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>Partitions that are added to an input topic under a running instance.</summary>
public class MorePartitionsTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task PartitionsAreAdded_TheyAreReadFromTheirBeginning(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(input: 2);
        await using var instance = Instance.Start(pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol)));
        await instance.UntilSaidAsync(202);
        await Kafka.AddPartitionsAsync(pipeline.Input, 6);
        await Until.True(() => Kafka.Partitions(pipeline.Input) == 6, () => "the topic has six partitions");
        await Kafka.ProduceAsync(Enumerable.Range(0, 60).Select(i => new ProducerRecord(pipeline.Input, i % 6, null, """{"instances":[[1,2,3,4]]}"""u8.ToArray(), [])));

        await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(2), instance.Log.ToString);
        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Equal((60, 0), (account.Results.Count, account.Duplicates));
    }
}
