using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A pipeline whose records all became dead letters, and what a redrive does with them.</summary>
internal sealed class RedriveScene(Pipeline pipeline, KafkaTopics kafka)
{
    private const int Partitions = 4;

    public static readonly RedriveFilter All = new([], [], null, null);

    /// <summary>The settings without those of the model.</summary>
    public Dictionary<string, string?> Settings { get; } =
        pipeline.Settings().Where(s => s.Key.StartsWith("KAFKA", StringComparison.Ordinal)).ToDictionary();

    public string Marks => RedriveMarks.TopicOf(pipeline.Errors);

    /// <summary>Numbered records, keyed and not, each a dead letter by the reason and the route that its number has.</summary>
    public async Task<IReadOnlyList<Record>> ProduceLettersAsync(int count, Func<int, RejectionReason> reason, Func<int, string>? route = null)
    {
        await pipeline.CreateTopicsAsync(Partitions);
        return await ProduceLettersAsync(
            [.. Enumerable.Range(0, count).Select(i => new ProducerRecord(
                pipeline.Input, i % Partitions, i % 3 == 0 ? null : Encoding.UTF8.GetBytes($"key-{i % 7}"), Number(i), [new Header("i", Number(i))]))],
            reason,
            route);
    }

    /// <summary>Puts the records on the input topic, which is there, and each as a dead letter on the error topic; as they stood on the input topic.</summary>
    public async Task<IReadOnlyList<Record>> ProduceLettersAsync(IReadOnlyList<ProducerRecord> records, Func<int, RejectionReason> reason, Func<int, string>? route = null)
    {
        await kafka.ProduceAsync(records);
        var inputs = await ReadAsync(pipeline.Input);
        await kafka.ProduceAsync(inputs.Select((r, i) => DeadLetter.From(r, new Rejection(reason(NumberOf(r) ?? i), "It failed.", route?.Invoke(NumberOf(r) ?? i) ?? "default"), pipeline.Errors)));
        return inputs;
    }

    /// <summary>A redrive in this process.</summary>
    public async Task<(RedriveCounts Counts, string? Obstacle)> RedriveAsync(RedriveFilter? filter = null, bool isDryRun = false)
    {
        using var redrive = new Redrive(Options(), filter ?? All, isDryRun);
        var obstacle = await Task.Run(() => redrive.RunAsync(TestContext.Current.CancellationToken));
        return (redrive.Counts, obstacle);
    }

    /// <summary>A publisher with the id that the redrives of the error topic have.</summary>
    public TransactionalPublisher NewPublisher() => new(Options(), Marks, _ => { });

    /// <summary>What was put back on the input topic, behind these that stood there before.</summary>
    public async Task<IReadOnlyList<Record>> RedrivenAsync(IReadOnlyList<Record> before)
    {
        var known = before.Select(r => (r.Partition, r.Offset)).ToHashSet();
        return [.. (await ReadAsync(pipeline.Input)).Where(r => !known.Contains((r.Partition, r.Offset)))];
    }

    /// <summary>Every committed record of the topics.</summary>
    public Task<IReadOnlyList<Record>> ReadAsync(params string[] topics) => Task.Run<IReadOnlyList<Record>>(() =>
    {
        using var reader = new TopicReader(Options(), "redrive-tests", topics);
        return [.. reader.ReadUpToNow(TestContext.Current.CancellationToken)];
    });

    /// <summary>The records are those, each once, in its partition, and marked with the round. Their order may be another one: there are several partitions of dead letters.</summary>
    public static void AssertSame(IEnumerable<Record> expected, IEnumerable<Record> actual, int round = 1) =>
        Assert.Equal(expected.Select(r => Show(r with { Headers = [.. r.Headers, new Header("seldon-redriven", Number(round))] })).Order(StringComparer.Ordinal), actual.Select(Show).Order(StringComparer.Ordinal));

    public static int? NumberOf(Record record) =>
        record.Headers.Count("i", out var number) == 1 ? int.Parse(Encoding.UTF8.GetString(number!), CultureInfo.InvariantCulture) : null;

    private KafkaOptions Options()
    {
        var options = ProcessorSettings.ReadKafka(new ConfigurationBuilder().AddInMemoryCollection(Settings).Build(), out var problems);
        Assert.Empty(problems);
        return options;
    }

    private static string Show(Record record) =>
        $"{record.Partition}: {Show(record.Key)} {Show(record.Value)} {string.Join(' ', record.Headers.Select(h => $"{h.Name}={Show(h.Value)}"))}";

    private static string Show(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexString(bytes);

    private static byte[] Number(int i) => Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture));
}
