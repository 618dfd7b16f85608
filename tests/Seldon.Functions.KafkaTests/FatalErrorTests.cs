using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.KafkaTests;

/// <summary>A client's fatal error, after which it does nothing any more: that of a member whose name another one takes.</summary>
public class FatalErrorTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const string Name = "the-one";
    private const int ClientsMadeAnew = 213;

    [Fact]
    public async Task AnotherMemberTakesTheName_ClientsAreMadeAnewAndNothingIsLost()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await using (var instance = Instance.Start(pipeline.Settings(("Seldon:Kafka:Consumer:group.instance.id", Name), ("KAFKA_WORKERS", "4"))))
        {
            await instance.UntilSaidAsync(202);
            await Kafka.ProduceAsync(flowers.All());
            await Kafka.UntilCountAsync(pipeline.Output, 200);
            var other = Other(pipeline);
            try
            {
                other.Subscribe(pipeline.Input);
                await Until.True(
                    () =>
                    {
                        Poll(other);
                        return instance.Log.Of(ClientsMadeAnew).Count > 0;
                    },
                    () => $"the fatal error: {instance.Log}");
            }
            finally
            {
                // A member whose name is taken from it while it is disposed of may never come back from that.
                ClientDisposal.Dispose(other);
            }
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertComplete(flowers);
    }

    private IConsumer<byte[], byte[]> Other(Pipeline pipeline) => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = Kafka.BootstrapServers,
        GroupId = pipeline.Group,
        GroupInstanceId = Name,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        EnableAutoCommit = false,
    }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    private static void Poll(IConsumer<byte[], byte[]> consumer)
    {
        try
        {
            consumer.Consume(TimeSpan.FromMilliseconds(50));
        }
        catch (ConsumeException)
        {
            // Its own turn to lose the name.
        }
    }
}
