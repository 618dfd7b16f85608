using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.KafkaTests;

/// <summary>The Functions app's worker process, fed from a genuine broker as the Functions host does it.</summary>
public class FunctionsAppTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task RecordsOfBothTransports_ComeOutOnceAndInOrder_AndAreCommitted()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await Kafka.ProduceAsync(flowers.All());

        var settings = pipeline.Settings();
        await using (var app = await FunctionsHost.StartAsync(settings, NullLoggerFactory.Instance))
        await using (new KafkaTriggerLoop(Options(settings), app.InvokeAsync)) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);

        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    [Fact]
    public async Task WorkerIsKilledFourTimes_NothingIsLost()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(4000);
        await Kafka.ProduceAsync(flowers.All());

        var settings = pipeline.Settings(("AzureFunctionsJobHost:extensions:kafka:maxBatchSize", "100"), ("KAFKA_WORKERS", "2"));
        await using (var app = await FunctionsHost.StartAsync(settings, NullLoggerFactory.Instance))
        await using (new KafkaTriggerLoop(Options(settings), app.InvokeAsync))
        {
            for (var kills = 0; kills < 4; kills++)
            {
                await app.BindingsAsync();
                await Kafka.UntilCountAsync(pipeline.Output, await Kafka.CountAsync(pipeline.Output) + 150);
                var worker = app.Worker;
                worker.Kill();
                await Until.True(() => app.Worker != worker, () => "another worker is started");
            }
            Assert.True(await Kafka.CountAsync(pipeline.Output) < 3900, "The last one was killed amid its work.");
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        }

        (await Account.ReadAsync(pipeline, Kafka)).AssertComplete(flowers);
    }

    private static TriggerOptions Options(Dictionary<string, string?> settings) => new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
