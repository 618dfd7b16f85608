using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A member that was told late that it has no offset for a partition which is another's by now.</summary>
public class OffsetResetTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task PartitionIsNotThisMembers_NothingIsCommittedAndNothingIsSaid()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, 10).Select(i => new ProducerRecord(pipeline.Input, 0, null, Encoding.UTF8.GetBytes($"{i}"), [])));
        await Kafka.CommitAsync(pipeline.Group, pipeline.Input, 0, 5);
        var options = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(pipeline.Settings()).Build()).Kafka;
        using var consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options)).Build();
        using var log = new LogLines();
        var repair = new OffsetReset(consumer, TimeProvider.System, log);

        repair.Add(new TopicPartition(pipeline.Input, 0));
        await Task.Run(repair.ResetAll, TestContext.Current.CancellationToken);

        Assert.Empty(log.All);
        Assert.Equal(5, (await Kafka.CommittedAsync(pipeline.Group, pipeline.Input))[0]);
    }
}
