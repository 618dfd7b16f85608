using System.Diagnostics;
using System.Globalization;
using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A keyed result lands where Java's own producer would put it.</summary>
public class PartitionerTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Partitions = 7;

    [Fact]
    public async Task KeyedResults_LandWhereTheJavaClientPutsTheirKeys()
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(2, Partitions, 1);
        string[] keys = [.. Enumerable.Range(0, 300).Select(i => string.Create(CultureInfo.InvariantCulture, $"{new string('k', i % 9)}-{i * 7919}")), "ключ", "鍵", "🌷", " "];
        await Kafka.ProduceAsync(keys.Select(key => new ProducerRecord(
            pipeline.Input, 0, Encoding.UTF8.GetBytes(key), """{"instances":[[1,2,3,4]]}"""u8.ToArray(), [])));
        await using (Instance.Start(pipeline.Settings())) await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        var ours = await Account.ReadAsync(pipeline, Kafka);

        var java = new Pipeline(Kafka, Model.RestUrl, null, NewName());
        await java.CreateTopicsAsync(Partitions, 1, 1);
        await ProduceWithJavaAsync(java.Input, keys);
        var theirs = await Account.ReadAsync(java, Kafka);

        var expected = theirs.InputRecords.ToDictionary(r => Encoding.UTF8.GetString(r.Key!), r => r.Partition);
        Assert.Equal(keys.Order(StringComparer.Ordinal), expected.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Partitions, expected.Values.Distinct().Count());
        Assert.Equal(expected, ours.Results.ToDictionary(r => Encoding.UTF8.GetString(r.Record.Key!), r => r.Record.Partition));
    }

    private async Task ProduceWithJavaAsync(string topic, IEnumerable<string> keys)
    {
        using var process = Process.Start(new ProcessStartInfo("sh",
        [
            Path.Combine(Fixture.Home.Folder, "tool.sh"), "org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", Kafka.BootstrapServers,
            "--topic", topic, "--reader-property", "parse.key=true", "--reader-property", "key.separator=|",
        ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, StandardInputEncoding = new UTF8Encoding(false) })!;
        foreach (var key in keys) await process.StandardInput.WriteLineAsync($"{key}|value");
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
