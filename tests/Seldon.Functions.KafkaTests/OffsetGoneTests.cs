using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>The offset at which a group would read on is not on the log any more.</summary>
public class OffsetGoneTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task RecordsExpiredUnread_AreLoggedAndCounted_AndReadingResumes(string protocol)
    {
        var pipeline = NewPipeline();
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol));
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Flowers(pipeline, 50));
        await using (Instance.Start(settings)) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        await Kafka.ProduceAsync(Flowers(pipeline, 100));
        await Kafka.DeleteRecordsAsync(pipeline.Input, 0, before: 120);

        await using (var instance = Instance.Start(settings))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            var said = Assert.Single(instance.Log.Of(205));
            Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Error, said.Level);
            Assert.StartsWith($"{pipeline.Input}/0: 70 records from committed offset 50 on have expired", said.Text, StringComparison.Ordinal);
        }
        Assert.Equal(Enumerable.Range(0, 50).Concat(Enumerable.Range(120, 30)).Select(i => (long)i), await SourcesAsync(pipeline));
    }

    [Fact]
    public async Task RecordsExpireWhileTheyAreRead_ReadingGoesOnAtTheEarliest()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Flowers(pipeline, 2000));

        // A small window and small fetches: what is deleted has not been fetched yet.
        await using (var instance = Instance.Start(pipeline.Settings(
            ("KAFKA_WORKERS", "1"), ("Seldon:Window:Records", "2"), ("Seldon:Kafka:Consumer:queued.min.messages", "1"),
            ("Seldon:Kafka:Consumer:max.partition.fetch.bytes", "1000"), ("Seldon:Kafka:Consumer:fetch.message.max.bytes", "1000"))))
        {
            await Kafka.UntilCountAsync(pipeline.Output, 20);
            await Kafka.DeleteRecordsAsync(pipeline.Input, 0, before: 1990);
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Single(instance.Log.Of(205));
        }
        var sources = await SourcesAsync(pipeline);
        Assert.Equal(sources.Order(), sources);
        Assert.Equal(sources.Distinct(), sources);
        Assert.Equal(Enumerable.Range(1990, 10).Select(i => (long)i), sources.TakeLast(10));
        Assert.InRange(sources.Count, 30, 1900);
    }

    [Fact]
    public async Task CommittedOffsetIsBeyondTheEnd_IsSaid_AndReadingGoesOnAtTheEarliest()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Flowers(pipeline, 10));
        await Kafka.CommitAsync(pipeline.Group, pipeline.Input, 0, 50);

        await using (var instance = Instance.Start(pipeline.Settings()))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            var said = Assert.Single(instance.Log.Of(206));
            Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Error, said.Level);
            Assert.StartsWith($"{pipeline.Input}/0: the committed offset 50 is beyond the end 10 of the log", said.Text, StringComparison.Ordinal);
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), await SourcesAsync(pipeline));
    }

    [Fact]
    public async Task TopicIsMadeAnewWithFewerRecordsWhileStopped_AllOfThemAreRead()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Flowers(pipeline, 50));
        await using (Instance.Start(pipeline.Settings())) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);

        await Kafka.DeleteAsync(pipeline.Input);
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.ProduceAsync(Flowers(pipeline, 10));
        await using (Instance.Start(pipeline.Settings())) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        Assert.Equal(Enumerable.Range(0, 50).Concat(Enumerable.Range(0, 10)).Select(i => (long)i), await SourcesAsync(pipeline));
    }

    private static IEnumerable<ProducerRecord> Flowers(Pipeline pipeline, int count) =>
        Enumerable.Range(0, count).Select(_ => new ProducerRecord(pipeline.Input, 0, null, """{"instances":[[1,2,3,4]]}"""u8.ToArray(), []));

    /// <summary>The input offsets of the results, as they stand on the results topic.</summary>
    private async Task<IReadOnlyList<long>> SourcesAsync(Pipeline pipeline)
    {
        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Empty(account.DeadLetters);
        return [.. account.Results.Select(r => r.Source.Offset)];
    }
}
