using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Grpc;
using Seldon.Functions.Models.Rest;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>A million generated records through routing, validation, gate, retries and a model in this process.</summary>
/// <remarks>The seed is printed with a failure; SELDON_FUZZ_SEED repeats it.</remarks>
[Collection(nameof(Alone))]
public class FuzzTests
{
    private const int Count = 1_000_000;
    private const int Feeders = 4;
    private const int Together = 256;

    private static readonly string[] Protocols = ["seldon", "tensorflow", "v2"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task AMillionRecords_EachEndsInExactlyOneWay_AndInTheRightOne()
    {
        var seed = Seed.OfThisRun();
        var records = new FuzzedRecords(seed, protocol => $"in-{protocol}");
        var model = new FuzzedModel(seed, Count);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var engine = Engine(model, clock);
        var ends = new int[Count];
        var kinds = new long[3];

        var start = TimeProvider.System.GetTimestamp();
        using var giveUp = new CancellationTokenSource(Deadline, TimeProvider.System);
        var feeders = Task.WhenAll(Enumerable.Range(0, Feeders).Select(f => Task.Run(() => FeedAsync(f))));
        // Waits of the engine's are not the test's.
        while (!feeders.IsCompleted)
        {
            clock.Advance(Step);
            await Task.WhenAny(feeders, Task.Delay(Turn, TimeProvider.System, TestContext.Current.CancellationToken));
        }
        await feeders;

        Assert.All(ends.Index().Where(e => e.Item != 1).Take(3), e => Assert.Fail($"Seed {seed}: record {e.Index} ended {e.Item} times."));
        Assert.Equal(Count, kinds[1] + kinds[2]);
        // So that the test looks at something of everything.
        Assert.All(kinds.Skip(1), k => Assert.InRange(k, Count / 4, Count));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Seed {seed}: {kinds[1]} answered, {kinds[2]} rejected, {model.Calls} calls in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");

        async Task FeedAsync(int feeder)
        {
            var under = new List<(FuzzedRecord, Task<Outcome>)>(Together);
            for (var from = feeder * Together; from < Count; from += Feeders * Together)
            {
                under.Clear();
                for (var number = from; number < Math.Min(Count, from + Together); number++)
                {
                    var record = records.Make(number);
                    under.Add((record, engine.InferAsync(record.Record, giveUp.Token).AsTask()));
                }
                foreach (var (record, outcome) in under) Judge(record, await outcome);
            }
        }

        void Judge(FuzzedRecord fuzzed, Outcome outcome)
        {
            try
            {
                Interlocked.Increment(ref ends[fuzzed.Record.Offset]);
                Interlocked.Increment(ref kinds[(int)outcome.Kind]);
                AssertRight(fuzzed, outcome, model);
            }
            catch (Exception failure)
            {
                giveUp.Cancel();
                throw new InvalidOperationException($"SELDON_FUZZ_SEED={seed}: record {fuzzed.Record.Offset} ({fuzzed.Kind}) is {outcome.Kind} {outcome.Rejection}", failure);
            }
        }
    }

    private static void AssertRight(FuzzedRecord fuzzed, in Outcome outcome, FuzzedModel model)
    {
        var record = fuzzed.Record;
        var wasSent = model.WasSent(record.Offset);
        switch (outcome.Kind)
        {
            case OutcomeKind.Answered:
                Assert.NotEqual(Fate.Rejected, fuzzed.Fate);
                Assert.True(wasSent);
                Assert.Null(model.ReasonOf(record.Offset));
                var result = Result.From(record, outcome.Answer!, "out");
                Assert.Equal((record.Key, record.Partition), (result.Key, result.SourcePartition));
                Assert.True(FuzzedModel.AnswerTo(record.Offset).AsSpan().SequenceEqual(result.Value));
                break;

            case OutcomeKind.Rejected:
                var reason = outcome.Rejection!.Reason;
                if (wasSent) Assert.Equal(model.ReasonOf(record.Offset), reason);
                else Assert.NotEqual(Fate.Sent, fuzzed.Fate);
                if (fuzzed.Fate == Fate.Rejected) Assert.Equal((false, fuzzed.Reason), (wasSent, reason));
                Assert.NotEqual(RejectionReason.InternalError, reason);
                AssertDeadLetter(record, outcome.Rejection);
                break;

            default:
                Assert.Fail("It was not decided.");
                break;
        }
    }

    /// <summary>What is put on the error topic is the record, and can be told from it again.</summary>
    private static void AssertDeadLetter(Record record, Rejection rejection)
    {
        var letter = DeadLetter.From(record, rejection, "errors");
        var stored = new Record("errors", 0, 0, 0, letter.Key, letter.Value, letter.Headers);
        var note = DeadLetterNote.Read(stored)!;
        Assert.Equal((rejection.Reason.ToWire(), rejection.Route, false), (note.Reason, note.Route, note.IsCut));
        var original = note.Original(stored);
        Assert.Equal((record.Topic, record.Partition, record.Key, record.Value), (original.Topic, original.SourcePartition, original.Key, original.Value));
        Assert.True(record.Headers.Where(IsPutBack).SequenceEqual(original.Headers.Where(IsPutBack)));
    }

    /// <summary>Whether a redrive puts a header back as it is: what tells of the dead letter goes, and the rounds are counted anew.</summary>
    internal static bool IsPutBack(Header header) => !header.Name.StartsWith("seldon-error-", StringComparison.OrdinalIgnoreCase) && !HeaderNames.Is(header.Name, HeaderNames.Redriven);

    /// <summary>One route for each protocol, each with a topic of its own and both transports.</summary>
    private static InferenceEngine Engine(FuzzedModel model, TimeProvider time) => new(
        new RouteTable([.. Protocols.Select(name =>
        {
            var protocol = ProtocolTable.Of(name, Target.Model);
            var options = new RouteOptions
            {
                Name = name, Model = new ModelSelector("m"), Protocol = name, RestUrl = new Uri("http://localhost:1"), GrpcUrl = new Uri("http://localhost:2"),
            };
            var slots = new SemaphoreSlim(64, 64);
            return new Route
            {
                Name = name,
                InputTopic = $"in-{name}",
                Model = options.Model,
                Endpoints = new Endpoints(Endpoint(new RestTransport(options, protocol, time)), Endpoint(new GrpcTransport(options, protocol, time))),
            };

            ModelEndpoint Endpoint(IModelTransport genuine) =>
                new(options, new FuzzedTransport(genuine, model), slots, time, NullLogger.Instance, TimeSpan.FromSeconds(20));
        })]),
        NullLogger.Instance, time);
}
