using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>The input topic is deleted and re-created under a host that reads it.</summary>
public class TopicRecreatedTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic", 10)]
    [InlineData("classic", 200)]
    [InlineData("consumer", 10)]
    [InlineData("consumer", 200)]
    public async Task TopicIsMadeAnewWithFewerPartitionsWhileItIsRead_AllItsRecordsAreRead(string protocol, int second)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        await Kafka.ProduceAsync(Flowers(pipeline, 4, 100));
        await using (var instance = Instance.Start(pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol))))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);

            await Kafka.DeleteAsync(pipeline.Input);
            await Kafka.CreateAsync(pipeline.Input, 2);
            await Kafka.ProduceAsync(Flowers(pipeline, 2, second));

            // A record that was read before the change was noticed comes twice; of both topics each comes once at least.
            var expected = Places(4, 100).Concat(Places(2, second)).CountBy(p => p).ToList();
            Dictionary<Place, int> times = [];
            await Until.True(
                async () =>
                {
                    times = (await Account.ReadAsync(pipeline, Kafka)).Results.CountBy(r => r.Source).ToDictionary();
                    return expected.TrueForAll(e => times.GetValueOrDefault(e.Key) >= e.Value);
                },
                () => $"every record comes out; {instance.Log}");
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.All(expected, e => Assert.InRange(times[e.Key], e.Value, e.Value + 1));
            Assert.Equal(expected.Count, times.Count);
            // Where the old offset is beyond the new end, that is seen sooner, and all may be done before the topic's id is looked at.
            Assert.InRange(instance.Log.Of(218).Count, second == 10 ? 0 : 1, 1);
        }
    }

    private static IEnumerable<Place> Places(int partitions, int count) => Enumerable.Range(0, count).Select(i => new Place(i % partitions, i / partitions));

    private static IEnumerable<ProducerRecord> Flowers(Pipeline pipeline, int partitions, int count) => Enumerable.Range(0, count).Select(i =>
        new ProducerRecord(pipeline.Input, i % partitions, null, """{"instances":[[1,2,3,4]]}"""u8.ToArray(), []));
}
