using System.Text;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A topic that is not there is waited for.</summary>
public class MissingTopicTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task InputTopicIsMissingAtStart_IsWaitedForAndThenRead()
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Output, 3);
        await Kafka.CreateAsync(pipeline.Errors, 2);
        var flowers = pipeline.Flowers(100);
        await using (var instance = Instance.Start(pipeline.Settings()))
        {
            await instance.UntilSaidAsync(200, $"the input topic {pipeline.Input} is not there");
            await Kafka.CreateAsync(pipeline.Input, 4);
            await Kafka.ProduceAsync(flowers.All());
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Single(instance.Log.Of(200));
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    [Fact]
    public async Task ErrorTopicIsMissing_DeadLettersAreHeldUntilItIsMade()
    {
        Assert.SkipWhen(await Kafka.MakesTopicsAsync(), "This Kafka makes topics by itself (auto.create.topics.enable).");
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Input, 2);
        await Kafka.CreateAsync(pipeline.Output, 1);
        // Partition 0 has bad records without a key, partition 1 has bad ones with a key.
        var records = Enumerable.Range(0, 60).Select(i => new ProducerRecord(
            pipeline.Input, i % 2, i % 6 == 3 ? Encoding.UTF8.GetBytes(KeyOfPartition1) : null,
            Encoding.UTF8.GetBytes(i % 6 is 0 or 3 ? "[1]" : """{"instances":[[1,2,3,4]]}"""), []));
        await Kafka.ProduceAsync(records);

        await using (var instance = Instance.Start(pipeline.Settings()))
        {
            await Until.True(() => instance.Log.Of(209).Count >= 1, () => "the log says that the topic accepts no records");
            Assert.All(instance.Log.Of(209), line => Assert.Equal(LogLevel.Error, line.Level));
            Assert.All(instance.Log.Of(209), line => Assert.Contains(pipeline.Errors, line.Text, StringComparison.Ordinal));
            Assert.DoesNotContain(await Kafka.CommittedAsync(pipeline.Group, pipeline.Input), committed => committed.Value > 1);
            await Kafka.CreateAsync(pipeline.Errors, 2);
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.NotEmpty(instance.Log.Of(210));
            Assert.InRange(instance.Log.Of(209).Count, 1, 3);
        }
        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Empty(account.Lost);
        Assert.Equal((0, 0, 20, 40), (account.Duplicates, account.OutOfOrder, account.DeadLetters.Count, account.Results.Count));
    }

    /// <summary>A key that murmur2 puts into the second of two partitions.</summary>
    private const string KeyOfPartition1 = "key-0";
}
