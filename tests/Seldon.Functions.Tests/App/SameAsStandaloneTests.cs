using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.App;

/// <summary>The function and the standalone host make the same of the same input, byte by byte.</summary>
public class SameAsStandaloneTests
{
    /// <summary>What is tried several times may be tried more or less often, as its neighbours come out.</summary>
    private static readonly string[] Ambiguous = ["model-failed", "model-timeout", "connection-lost"];

    [Fact]
    public async Task PartitionsProtocolsAndBadRecordsMixed_ResultsAndDeadLettersAreEqual()
    {
        await using var bed = await FunctionBed.CreateAsync();
        bed.Bed.Broker.CreateTopic("app", 3);
        bed.Bed.Broker.CreateTopic("app.errors", 2);
        bed.Bed.Model.Script = MixedRecords.Script;
        List<Input> inputs = [.. Input.Spread(4, 20), .. MixedRecords.Cases(partitions: 4, times: 2).Select(c => c.Input), .. Input.Spread(4, 20, first: 20)];
        await bed.Bed.ProduceAsync(inputs);

        var host = bed.Bed.Start(("MODEL_TIMEOUT", "1500ms"));
        using var standalone = bed.Bed.Read();
        await standalone.UntilSources(inputs.Count);
        await host.StopAsync();
        await standalone.UntilEnd();
        await bed.StartAsync(("KAFKA_CONSUMER_GROUP", "app"), ("KAFKA_OUTPUT_TOPIC", "app"), ("MODEL_TIMEOUT", "1500ms"));
        var app = await ReadAsync(bed, "app", inputs.Count);

        var expected = standalone.All.Select(p => Describe(p.Record)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(inputs.Count, expected.Count);
        Assert.Equal(expected, app.Select(Describe).Order(StringComparer.Ordinal));
    }

    private static async Task<List<Record>> ReadAsync(FunctionBed bed, string topic, int count)
    {
        var settings = SettingsTests.Read(("KAFKA_BROKER", bed.Bed.Broker.BootstrapServers));
        using var reader = new TopicReader(settings.Kafka, "tests", topic, $"{topic}.errors");
        var records = new List<Record>();
        await Until.True(() =>
        {
            if (reader.Read(TimeSpan.FromMilliseconds(20)) is { } record) records.Add(record);
            return records.Count >= count && reader.IsAtEnd();
        });
        return records;
    }

    /// <summary>All of the record's bytes, and the partition that it is in.</summary>
    private static string Describe(Record record)
    {
        var reason = record.Headers.TextOf("seldon-error-reason");
        var headers = record.Headers.Where(h => !Ambiguous.Contains(reason) || h.Name is not ("seldon-error-attempts" or "seldon-error-message" or "seldon-error-status"));
        return $"{reason} {record.Partition} {Hex(record.Key)} {Hex(record.Value)} {string.Join(' ', headers.Select(h => $"{h.Name}={Hex(h.Value)}"))}";
    }

    private static string Hex(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexStringLower(bytes);
}
