using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>Topics that refuse records for their size, which the broker counts after compression.</summary>
public class SizeTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Large = 300_000;

    [Theory]
    [InlineData("acknowledged")]
    [InlineData("exactly-once")]
    public async Task ResultsTopicRefusesOneResultOfABatch_OnlyThatOneBecomesADeadLetter(string delivery)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Script = call => Reactions.Http(200, call.Says("large") ? $$"""{"predictions":"{{Noise(Large)}}"}""" : """{"predictions":[[1]]}""");
        var pipeline = NewPipeline(model);
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1, ("max.message.bytes", "100000"));
        await Kafka.CreateAsync(pipeline.Errors, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, 60).Select(i =>
            new ProducerRecord(pipeline.Input, 0, null, Encoding.UTF8.GetBytes(i == 30 ? """{"a":"large"}""" : """{"a":"small"}"""), [])));

        // The producer waits long enough for all results to come together in one batch.
        await using (var instance = Instance.Start(pipeline.Settings(("Seldon:Kafka:Producer:linger.ms", "500"), ("KAFKA_DELIVERY", delivery))))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Single(instance.Log.Of(211));
            Assert.DoesNotContain(instance.Log.Shown, l => l.Id is 209 or 210 or 212 or 213);
        }

        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Empty(account.Lost);
        Assert.Equal((0, 0, 59), (account.Duplicates, account.OutOfOrder, account.Results.Count));
        var letter = Assert.Single(account.DeadLetters);
        Assert.Equal(new Place(0, 30), letter.Source);
        Assert.Equal("result-too-large", letter.Header("seldon-error-reason"));
        Assert.Equal("""{"a":"large"}"""u8.ToArray(), letter.Record.Value);
    }

    [Theory]
    [InlineData("10", "acknowledged")]
    [InlineData("10000", "acknowledged")]
    [InlineData("10000", "exactly-once")]
    public async Task ResultsTopicRefusesResultsAmongMany_TheOthersStandInOrder(string batch, string delivery)
    {
        const int Count = 1500;
        var noise = Noise(Large);
        await using var model = await ScriptedModel.StartAsync();
        model.Script = call => Reactions.Http(200, call.Says("large") ? $$"""{"predictions":"{{noise}}"}""" : """{"predictions":[[1]]}""");
        var pipeline = NewPipeline(model);
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1, ("max.message.bytes", "100000"));
        await Kafka.CreateAsync(pipeline.Errors, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, Count).Select(i =>
            new ProducerRecord(pipeline.Input, 0, null, Encoding.UTF8.GetBytes(i % 100 == 50 ? """{"a":"large"}""" : """{"a":"small"}"""), [])));

        await using (var instance = Instance.Start(pipeline.Settings(("Seldon:Kafka:Producer:batch.num.messages", batch), ("KAFKA_DELIVERY", delivery))))
        {
            // Each record of a batch that is refused is sent alone, one after the other: slow where the machine is.
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(3));
        }

        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Empty(account.Lost);
        Assert.Equal((0, 0, Count / 100), (account.Duplicates, account.OutOfOrder, account.DeadLetters.Count));
    }

    [Fact]
    public async Task TopicRefusesTheFirstBatchOfAProducer_NothingThatCameBehindItIsTaken()
    {
        const int Count = 40;
        var (calls, noise, all) = (0, Noise(Large), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var model = await ScriptedModel.StartAsync();
        model.Script = call =>
        {
            // All results are ready at once.
            if (Interlocked.Increment(ref calls) == Count) all.SetResult();
            return Reactions.After(all.Task, Reactions.Http(200, call.Says("large") ? $$"""{"predictions":"{{noise}}"}""" : """{"predictions":[[1]]}"""));
        };
        var pipeline = NewPipeline(model);
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1, ("max.message.bytes", "100000"));
        await Kafka.CreateAsync(pipeline.Errors, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, Count).Select(i =>
            new ProducerRecord(pipeline.Input, 0, null, Encoding.UTF8.GetBytes(i == 0 ? """{"a":"large"}""" : """{"a":"small"}"""), [])));

        // A broker takes any sequence number from a producer that it does not know; and the client has the next batch ready when the first one is refused.
        await using (Instance.Start(pipeline.Settings(("KAFKA_WORKERS", $"{Count}"), ("Seldon:Kafka:Producer:batch.num.messages", "2"), ("Seldon:Kafka:Producer:linger.ms", "100"))))
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);

        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Equal((0, 0, 0, 1), (account.Lost.Count, account.Duplicates, account.OutOfOrder, account.DeadLetters.Count));
    }

    [Fact]
    public async Task ErrorTopicRefusesADeadLetter_ItGoesOutWithoutItsValueAndSaysWhatItWas()
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1);
        await Kafka.CreateAsync(pipeline.Errors, 1, ("max.message.bytes", "2000"));
        var value = Encoding.UTF8.GetBytes("[" + Noise(Large));
        var (key, longKey) = ("key"u8.ToArray(), RandomNumberGenerator.GetBytes(5000));
        await Kafka.ProduceAsync(
        [
            new ProducerRecord(pipeline.Input, 0, key, value, [new Header("kept", [7])]),
            new ProducerRecord(pipeline.Input, 0, longKey, value, [new Header("dropped", [7])]),
            new ProducerRecord(pipeline.Input, 0, key, "[1]"u8.ToArray(), []),
        ]);

        await using (var instance = Instance.Start(pipeline.Settings()))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Equal(3, instance.Log.Of(212).Count);
            Assert.Empty(instance.Log.Of(209));
        }

        var account = await Account.ReadAsync(pipeline, Kafka);
        Assert.Equal([0L, 1L, 2L], account.DeadLetters.Select(d => d.Source.Offset));
        Assert.Equal((0, 0), (account.Duplicates, account.Results.Count));
        Assert.All(account.DeadLetters, d => Assert.Equal("invalid-json", d.Header("seldon-error-reason")));
        Assert.Equal([key, null, key], account.DeadLetters.Select(d => d.Record.Key));
        Assert.Equal([1, 0, 0], account.DeadLetters.Select(d => d.Record.Headers.Count(h => h.Name is "kept" or "dropped")));
        Assert.Equal("[1]"u8.ToArray(), account.DeadLetters[2].Record.Value);
        Assert.All(account.DeadLetters.Take(2), cut =>
        {
            Assert.Null(cut.Record.Value);
            Assert.Equal(value.Length.ToString(CultureInfo.InvariantCulture), cut.Header("seldon-error-value-length"));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(value)), cut.Header("seldon-error-value-sha256"));
        });
    }

    /// <summary>Text that lz4 cannot make shorter.</summary>
    private static string Noise(int length) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(length));
}
