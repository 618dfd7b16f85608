using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Grpc;
using Seldon.Functions.Models.Rest;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;
using Seldon.Functions.Tests.Fuzzing;

namespace Seldon.Functions.Tests.Merging;

/// <summary>Many generated records, with bad rows at random places: exactly those are rejected, and all others get what the model says to them alone.</summary>
/// <remarks>SELDON_MERGE_COUNT sets how many records there are; SELDON_FUZZ_SEED repeats a run.</remarks>
[Collection(nameof(Alone))]
public class LargeRunTests
{
    private const int Feeders = 4;
    private const int Together = 512;
    private const float Bad = 666.5f;

    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("SELDON_MERGE_COUNT") ?? "40000", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ManyRecords_AreAnsweredAsAlone_AndExactlyTheBadOnesAreRejected(Transport kind)
    {
        var seed = Seed.OfThisRun();
        var (protocol, model) = kind == Transport.Rest ? ("tensorflow", (Func<RowValue, RowValue?>)Sums) : ("v2", Raw);
        var route = new RouteOptions
        {
            Name = "default",
            Model = new ModelSelector("m"),
            Protocol = protocol,
            Workers = 2,
            Batch = new BatchLimits(32, BatchLimits.DefaultMaxBytes),
            RestUrl = new Uri("http://localhost:1"),
            GrpcUrl = new Uri("http://localhost:2"),
        };
        var its = ProtocolTable.Of(protocol, Target.Model);
        var transport = new ComputingTransport(kind == Transport.Rest ? new RestTransport(route, its, TimeProvider.System) : new GrpcTransport(route, its, TimeProvider.System), model);
        var endpoint = new ModelEndpoint(route, transport, new SemaphoreSlim(2, 2), TimeProvider.System, NullLogger.Instance);
        await using var engine = new InferenceEngine(
            new RouteTable([new Route { Name = "default", Model = route.Model, Endpoints = kind == Transport.Rest ? new(endpoint, null) : new(null, endpoint) }]), NullLogger.Instance, TimeProvider.System);
        var (start, rejected, shared) = (TimeProvider.System.GetTimestamp(), 0, 0);
        using var giveUp = new CancellationTokenSource(Deadline, TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, Feeders).Select(f => Task.Run(() => FeedAsync(f))));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Seed {seed}: {Count} records, {rejected} bad, {shared} shared their call, {transport.Calls} calls in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");
        Assert.InRange(rejected, Count / 100, Count / 32);
        Assert.InRange(shared, Count / 2, Count);

        async Task FeedAsync(int feeder)
        {
            var under = new List<(Record Record, bool IsBad, Task<Outcome> Outcome)>(Together);
            for (var from = feeder * Together; from < Count; from += Feeders * Together)
            {
                under.Clear();
                for (var number = from; number < Math.Min(Count, from + Together); number++)
                {
                    var (record, isBad) = Make(seed, number, kind);
                    under.Add((record, isBad, engine.InferAsync(record, giveUp.Token).AsTask()));
                }
                foreach (var (record, isBad, outcome) in under)
                {
                    var end = await outcome;
                    if (isBad) Assert.Equal((RejectionReason.RefusedByModel, 1), (end.Rejection?.Reason, end.Rejection?.Attempts));
                    else Assert.True(model(new RowValue(record.Value!))!.Body.AsSpan().SequenceEqual(end.Answer?.Value), $"Seed {seed}: record {record.Offset} is {end.Kind} {end.Rejection}");
                    if (isBad) Interlocked.Increment(ref rejected);
                    else if (RowServer.SharedBy(end) > 1) Interlocked.Increment(ref shared);
                }
            }
        }
    }

    /// <summary>A record with one to three rows of four numbers; of 64, one is bad.</summary>
    private static (Record Record, bool IsBad) Make(int seed, int number, Transport kind)
    {
        var dice = new Dice(seed, number);
        var (isBad, values) = (dice.Below(64) == 0, new float[4 * (1 + dice.Below(3))]);
        for (var i = 0; i < values.Length; i++) values[i] = dice.Below(100_000) / 16f;
        if (isBad) values[dice.Below(values.Length)] = Bad;
        else
        {
            for (var i = 0; i < values.Length; i++) values[i] = values[i] == Bad ? 0 : values[i];
        }
        if (kind == Transport.Rest)
            return (TestRecords.Rest($"{{\"instances\":[{string.Join(',', values.Chunk(4).Select(r => string.Create(CultureInfo.InvariantCulture, $"[{r[0]},{r[1]},{r[2]},{r[3]}]")))}]}}", number), isBad);
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        var request = new ModelInferRequest
        {
            ModelName = "m",
            Id = $"{number}",
            Inputs = { new InferInputTensor { Name = "x", Datatype = "FP32", Shape = { values.Length / 4, 4 } } },
            RawInputContents = { ByteString.CopyFrom(bytes) },
        };
        return (TestRecords.Of(request.ToByteArray(), number, TestRecords.Header("proto-name", "inference.ModelInferRequest")), isBad);
    }

    /// <summary>For each row its text and its length.</summary>
    private static RowValue? Sums(RowValue request)
    {
        var text = Encoding.UTF8.GetString(request.Body);
        if (text.Replace('[', ',').Replace(']', ',').Contains(",666.5,", StringComparison.Ordinal)) return null;
        var rows = text["{\"instances\":[[".Length..^"]]}".Length].Split("],[");
        return RowValue.Text($"{{\"predictions\": [{string.Join(", ", rows.Select(r => $"[{r.Length}, {r}]"))}]}}");
    }

    /// <summary>The same rows, with the id.</summary>
    private static RowValue? Raw(RowValue value)
    {
        var request = ModelInferRequest.Parser.ParseFrom(value.Body);
        var raw = request.RawInputContents[0];
        for (var at = 0; at < raw.Length; at += 4)
        {
            if (BinaryPrimitives.ReadSingleLittleEndian(raw.Span[at..]) == Bad) return null;
        }
        return new(new ModelInferResponse
        {
            ModelName = "m",
            Id = request.Id,
            Outputs = { new InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { request.Inputs[0].Shape } } },
            RawOutputContents = { raw },
        }.ToByteArray());
    }
}
