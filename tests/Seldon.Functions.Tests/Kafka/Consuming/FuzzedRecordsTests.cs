using System.Globalization;
using System.Text;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Fuzzing;
using Seldon.Functions.Tests.Protocols;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Generated records with random keys, values and headers, from topic to topic through the broker, the host and a model on sockets.</summary>
/// <remarks>The seed is printed with a failure; SELDON_FUZZ_SEED repeats it.</remarks>
public class FuzzedRecordsTests
{
    private const int Count = 10_500;
    private const int Partitions = 8;

    /// <summary>The protocols, each with an input topic of its own; no route takes those of the bed's.</summary>
    private static readonly string[] Protocols = ["seldon", "tensorflow", "v2"];

    [Fact]
    public async Task TenThousandRecords_EachEndsOnce_AsResultOrDeadLetterWithItsBytes()
    {
        var seed = Seed.OfThisRun();
        await using var bed = await TestBed.CreateAsync(Partitions);
        foreach (var protocol in Protocols) bed.Broker.CreateTopic(TopicOf(protocol), Partitions);
        bed.Model.Script = Script;
        var records = new FuzzedRecords(seed, TopicOf);
        // A topic without a route is not read.
        var fuzzed = Enumerable.Range(0, Count).Select(records.Make).Select(f => f.Record.Topic == FuzzedRecords.NoTopic ? f with { Record = f.Record with { Topic = TestBed.Input } } : f).ToList();
        foreach (var topic in fuzzed.GroupBy(f => f.Record.Topic))
            await bed.ProduceAsync(topic.Select(f => new Input(f.Record.Partition, f.Record.Key, f.Record.Value, [.. f.Record.Headers])), topic.Key);

        var host = bed.Start(Settings(bed));
        using var reader = new TopicReader(bed.ReadSettings().Kafka, "fuzz", TestBed.Output, TestBed.Errors);
        var ends = new List<Record>();
        await Task.Run(() =>
        {
            while (ends.Count < Count)
            {
                if (reader.Read(TimeSpan.FromSeconds(30)) is not { } record) break;
                ends.Add(record);
            }
        }, TestContext.Current.CancellationToken);
        await host.StopAsync();
        ends.AddRange(await Task.Run(() => reader.ReadUpToNow(TestContext.Current.CancellationToken).ToList(), TestContext.Current.CancellationToken));

        try
        {
            AssertAccount(fuzzed, ends);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"SELDON_FUZZ_SEED={seed}", failure);
        }
    }

    private static void AssertAccount(IReadOnlyList<FuzzedRecord> fuzzed, IReadOnlyList<Record> ends)
    {
        // The partitions keep the order in which the records were made.
        var places = fuzzed.GroupBy(f => (f.Record.Topic, f.Record.Partition))
            .SelectMany(p => p.Select((f, offset) => (Place: $"{p.Key.Topic}/{p.Key.Partition}/{offset}", Fuzzed: f))).ToDictionary(p => p.Place, p => p.Fuzzed);
        Assert.Equal(places.Keys.Order(StringComparer.Ordinal), ends.Select(SourceOf).Order(StringComparer.Ordinal));
        var letters = 0;
        foreach (var end in ends)
        {
            var (record, kind, fate, reason) = places[SourceOf(end)];
            Assert.Equal(record.Key, end.Key);
            if (end.Topic == TestBed.Output)
            {
                Assert.NotEqual((Fate.Rejected, kind), (fate, kind));
                continue;
            }
            letters++;
            var note = DeadLetterNote.Read(end)!;
            Assert.NotEqual(RejectionReason.InternalError.ToWire(), note.Reason);
            if (fate == Fate.Rejected) Assert.Equal((kind, reason?.ToWire()), (kind, note.Reason));
            if (fate == Fate.Sent) Assert.Equal((kind, RejectionReason.RefusedByModel.ToWire()), (kind, note.Reason));
            var original = note.Original(end);
            Assert.Equal(record.Value, original.Value);
            Assert.Equal(record.Headers.Where(FuzzTests.IsPutBack).Select(Show), original.Headers.Where(FuzzTests.IsPutBack).Select(Show));
        }
        Assert.InRange(letters, Count / 4, Count * 3 / 4);
    }

    private static string SourceOf(Record end)
    {
        if (end.Topic == TestBed.Output) return Encoding.UTF8.GetString(end.Headers.Last(h => h.Name == "seldon-source").Value!);
        var note = DeadLetterNote.Read(end)!;
        return string.Create(CultureInfo.InvariantCulture, $"{note.Topic}/{note.Partition}/{note.Offset}");
    }

    /// <summary>One in forty is refused, one in a hundred fails at first.</summary>
    private static Reaction Script(Call call) => call.Puid.Sum(c => c) switch
    {
        var lot when lot % 40 == 0 => Reactions.Refuse,
        var lot when lot % 100 == 1 && call.Attempt == 1 => Reactions.Fail,
        _ => call.IsGrpc ? RequestType.Answer : Reactions.Digest,
    };

    private static string TopicOf(string protocol) => $"in-{protocol}";

    private static (string, string?)[] Settings(TestBed bed) =>
    [
        ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null),
        .. Protocols.SelectMany((protocol, i) => new (string, string?)[]
        {
            ($"Seldon:Routes:{i}:Name", protocol), ($"Seldon:Routes:{i}:Protocol", protocol), ($"Seldon:Routes:{i}:InputTopic", TopicOf(protocol)),
            ($"Seldon:Routes:{i}:Model", "m"), ($"Seldon:Routes:{i}:RestUrl", bed.Model.RestUrl), ($"Seldon:Routes:{i}:GrpcUrl", bed.Model.GrpcUrl),
        }),
    ];

    private static string Show(Header header) => $"{header.Name}: {(header.Value is null ? "null" : Convert.ToHexString(header.Value))}";
}
