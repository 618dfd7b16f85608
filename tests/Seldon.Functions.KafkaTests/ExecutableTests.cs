namespace Seldon.Functions.KafkaTests;

/// <summary>The executable itself, ended in the two ways in which Kubernetes ends it.</summary>
public class ExecutableTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task OneOfTwoIsKilled_OtherTakesOver_AndNothingIsLost(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(5000);
        await Kafka.ProduceAsync(flowers.All());
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_WORKERS", "3"), ("Seldon:Window:Records", "400"));

        await using (var victim = Executable.Run(settings))
        await using (var survivor = Executable.Run(settings))
        {
            await victim.UntilPrintedAsync("Assigned: ", survivor);
            await survivor.UntilPrintedAsync("Assigned: ", victim);
            await Kafka.UntilCountAsync(pipeline.Output, await Kafka.CountAsync(pipeline.Output) + 300);
            victim.Kill();
            Assert.True(await Kafka.CountAsync(pipeline.Output) < 4000, "It was killed amid its work.");
            await Kafka.UntilCommittedAsync(
                pipeline.Group, pipeline.Input, more: () => $"The survivor printed {string.Join(Environment.NewLine, survivor.Lines)}");
            Assert.Equal(0, await survivor.TerminateAsync());
        }

        var account = await Account.ReadAsync(pipeline, Kafka);
        account.AssertComplete(flowers);
        // Each row goes back once at most: where the survivor began again behind the victim's last commit.
        Assert.True(account.Rewinds.Values.Max() <= 1, account.DescribeRewinds());
        var silence = account.Silences.Values.Max();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{protocol}: longest silence of a partition {silence.TotalSeconds:0.0} s, {account.Duplicates} records delivered again");
        Assert.InRange(silence.TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task Sigterm_FinishesCommitsAndExitsWithZero()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await Kafka.ProduceAsync(flowers.All());
        var settings = pipeline.Settings(("KAFKA_WORKERS", "3"), ("Seldon:Window:Records", "200"));

        await using (var first = Executable.Run(settings))
        {
            await Kafka.UntilCountAsync(pipeline.Output, 200);
            Assert.Equal(0, await first.TerminateAsync());
        }
        var published = await Kafka.CountAsync(pipeline.Output) + await Kafka.CountAsync(pipeline.Errors);
        Assert.InRange(published, 200, 1900);
        Assert.Equal(published, (await Kafka.CommittedAsync(pipeline.Group, pipeline.Input)).Values.Sum());

        await using (var second = Executable.Run(pipeline.Settings()))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.Equal(0, await second.TerminateAsync());
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }
}
