using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A compacted topic takes no record without a key.</summary>
public class CompactedTopicTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("acknowledged")]
    [InlineData("exactly-once")]
    public async Task ResultsTopicIsCompacted_OnlyResultsWithoutAKeyBecomeDeadLetters(string delivery)
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1, ("cleanup.policy", "compact"));
        await Kafka.CreateAsync(pipeline.Errors, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, 40).Select(i => new ProducerRecord(
            pipeline.Input, 0, i % 10 == 5 ? null : Encoding.UTF8.GetBytes($"key-{i}"), """{"instances":[[1,2,3,4]]}"""u8.ToArray(), [])));

        // The producer waits long enough for results with and without a key to share a batch.
        await using (var instance = Instance.Start(pipeline.Settings(("Seldon:Kafka:Producer:linger.ms", "500"), ("KAFKA_DELIVERY", delivery))))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Equal(4, instance.Log.Of(211).Count);
            // The neighbours in the batch are not at fault, and nobody is alarmed for them.
            Assert.DoesNotContain(instance.Log.Shown, l => l.Id is 209 or 210 or 213);
        }

        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Empty(account.Lost);
        Assert.Equal((0, 0, 36), (account.Duplicates, account.OutOfOrder, account.Results.Count));
        Assert.Equal([5L, 15L, 25L, 35L], account.DeadLetters.Select(d => d.Source.Offset));
        Assert.All(account.DeadLetters, d => Assert.Equal("result-refused", d.Header("seldon-error-reason")));
        Assert.All(account.DeadLetters, d => Assert.Null(d.Record.Key));
    }
}
