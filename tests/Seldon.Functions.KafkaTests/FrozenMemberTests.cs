using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A member that stood still until its partitions were given away must not go on with what it had read of them.</summary>
public class FrozenMemberTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Records = 400;

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task PartitionsWereGivenAwayMeanwhile_NothingThatWasReadOfThemIsPublished(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var answered = new TaskCompletionSource();
        await using var slow = await ScriptedModel.StartAsync();
        slow.Script = _ => Reactions.After(answered.Task, Reactions.Http(200, """{"predictions":[1]}"""));
        await using var prompt = await ScriptedModel.StartAsync();
        prompt.Script = _ => Reactions.Http(200, """{"predictions":[2]}""");
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("SELDON_TRANSPORT", "rest"), ("KAFKA_WORKERS", "8"), ("MODEL_TIMEOUT", "600s"));
        settings.Remove("MODEL_GRPC_URL");
        await Kafka.ProduceAsync(Enumerable.Range(0, Records).Select(i =>
            new ProducerRecord(pipeline.Input, i % 4, null, """{"instances":[[1,2,3,4]]}"""u8.ToArray(), [])));

        // It has read all of them, and its model answers none; the other one does them while it stands still.
        await using var frozen = Executable.Run(new Dictionary<string, string?>(settings) { ["MODEL_REST_URL"] = slow.RestUrl });
        await Until.True(() => slow.Calls.Count == 8, () => $"all calls are in flight: {string.Join(Environment.NewLine, frozen.Lines)}");
        frozen.Freeze();
        await using (var other = Instance.Start(new Dictionary<string, string?>(settings) { ["MODEL_REST_URL"] = prompt.RestUrl }))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(2), other.Log.ToString);
            frozen.Thaw();
            await frozen.UntilPrintedAsync("Lost: ");
            answered.SetResult();
            await frozen.TerminateAsync();
            var account = await Account.ReadAsync(pipeline, Kafka);
            Assert.Equal((Records, 0), (account.Results.Count, account.Duplicates));
        }
    }
}
