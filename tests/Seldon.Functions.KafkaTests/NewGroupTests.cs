using System.Diagnostics;
using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>
/// A group that never was, over partitions whose records have expired: KEDA measures it from zero to the end of each, and wakes up instances
/// for records that are not there. What they commit decides how long.
/// </summary>
public class NewGroupTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Expired = 100;

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task StandaloneHost_CommitsEveryEnd_AndKedaSeesNoLag(string protocol)
    {
        var pipeline = NewPipeline();
        await CreateAsync(pipeline);
        Assert.Equal((2 * Expired) + Expired + 20, await KedasLagAsync(pipeline));

        await using var instance = Instance.Start(pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol)));
        await instance.UntilSaidAsync(202);
        var committed = "";
        await Until.True(
            async () =>
            {
                var offsets = await Kafka.CommittedAsync(pipeline.Group, pipeline.Input);
                committed = string.Join(", ", offsets.OrderBy(o => o.Key).Select(o => $"{o.Key}: {o.Value}"));
                // A partition that never had a record has no end to commit, and counts nothing.
                return offsets.Count == 3 && await KedasLagAsync(pipeline) == 0;
            },
            () => $"the ends are committed, and KEDA's lag is 0; so far {committed}",
            TimeSpan.FromSeconds(30));
    }

    /// <summary>A host that commits only what it has read, as the Functions host does, leaves the lag where there is nothing to read: Kafka's own tool takes it away.</summary>
    [Fact]
    public async Task OffsetsResetToTheEarliest_LeaveOnlyWhatIsThere()
    {
        var pipeline = NewPipeline();
        await CreateAsync(pipeline);

        var tool = await ToolAsync("--group", pipeline.Group, "--topic", pipeline.Input, "--reset-offsets", "--to-earliest", "--execute");

        Assert.True(tool.Code == 0, tool.Output);
        Assert.Equal(20, await KedasLagAsync(pipeline));
    }

    /// <summary>Two partitions of which all has expired, one that still has twenty records, one that never had any.</summary>
    private async Task CreateAsync(Pipeline pipeline)
    {
        await pipeline.CreateTopicsAsync(4, 1, 1);
        var counts = new[] { Expired, Expired, Expired + 20, 0 };
        await Kafka.ProduceAsync(
            from partition in Enumerable.Range(0, counts.Length)
            from _ in Enumerable.Range(0, counts[partition])
            select new ProducerRecord(pipeline.Input, partition, null, Encoding.UTF8.GetBytes("""{"instances":[[1,2,3,4]]}"""), []));
        for (var p = 0; p < 3; p++) await Kafka.DeleteRecordsAsync(pipeline.Input, p, before: Expired);
    }

    /// <summary>With <c>offsetResetPolicy: earliest</c>: from the committed offset to the end, and all of it where there is none.</summary>
    private async Task<long> KedasLagAsync(Pipeline pipeline)
    {
        var committed = await Kafka.CommittedAsync(pipeline.Group, pipeline.Input);
        return (await Kafka.EndsAsync(pipeline.Input)).Sum(end => end.Value - committed.GetValueOrDefault(end.Key));
    }

    private async Task<(int Code, string Output)> ToolAsync(params string[] arguments)
    {
        Assert.SkipWhen(Fixture.Home.Missing is not null, $"Kafka's tools are not here: {Fixture.Home.Missing}");
        using var process = Process.Start(new ProcessStartInfo(
            Path.Combine(Fixture.Home.Folder, "tool.sh"), ["org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", Kafka.BootstrapServers, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }
}
