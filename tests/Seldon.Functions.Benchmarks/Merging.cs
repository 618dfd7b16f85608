using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Records;
using TensorFlowJson = Seldon.Functions.Protocols.TensorFlow.TensorFlowJson;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>merging [records]</c>: Kafka -> model -> Kafka with and without merging, against a model that costs one processor 2 ms a call and 20 µs a row; and latency at a
/// quarter of the load that single calls bear.
/// </summary>
internal static class Merging
{
    private const int Rounds = 3;
    private const int Rows = 32;

    private static readonly ModelCost Cost = new(TimeSpan.FromMilliseconds(2), TimeSpan.FromMicroseconds(20));

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None, Cost).ConfigureAwait(false);
        Console.WriteLine($"{records} records merged, {records / 15} single; medians of {Rounds} rounds after one to warm up; at most {Rows} rows a call");
        Console.WriteLine("| transport | calls in flight | single, records/s | merged, records/s | ratio | plain client with 32 rows a call, rows/s | of it |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            foreach (var workers in new[] { 4, 64 }) await ThroughputAsync(model, transport, workers, records).ConfigureAwait(false);
        }
        Console.WriteLine();
        Console.WriteLine("| transport | load, records/s | p50 single | p50 merged | p99 single | p99 merged | ratio | shared a call |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc }) await LatencyAsync(model, transport).ConfigureAwait(false);
        return 0;
    }

    private static async Task ThroughputAsync(EmbeddedModel model, Transport transport, int workers, int records)
    {
        var requests = Throughput.Requests(transport, records);
        List<double> single = [], merged = [], ceiling = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var (one, _) = await Throughput.KafkaToKafkaAsync(model, transport, requests[..(records / 15)], (c, n) => Throughput.RunStandaloneAsync(With(c, workers, 1), n)).ConfigureAwait(false);
            var (many, _) = await Throughput.KafkaToKafkaAsync(model, transport, requests, (c, n) => Throughput.RunStandaloneAsync(With(c, workers, Rows), n)).ConfigureAwait(false);
            var whole = requests.Chunk(Rows).Select(r => Join(transport == Transport.Rest ? TensorFlowJson.Rows : TensorFlowRows.Predict, r)).ToList();
            var start = Stopwatch.GetTimestamp();
            if (transport == Transport.Rest) await BareClients.RestAsync(model.RestUrl, whole, workers).ConfigureAwait(false);
            else await BareClients.GrpcAsync(model.GrpcUrl, whole, workers).ConfigureAwait(false);
            if (round == 0) continue;
            single.Add(one);
            merged.Add(many);
            ceiling.Add(records / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        var (a, b, c) = (Throughput.Median(single), Throughput.Median(merged), Throughput.Median(ceiling));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {transport} | {workers} | {a:0} | {b:0} | {b / a:0.0} | {c:0} | {b / c:0.00} |"));
    }

    private static IConfiguration With(IConfiguration configuration, int workers, int rows) =>
        new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_WORKERS"] = $"{workers}",
            ["MODEL_MAX_BATCH_ROWS"] = $"{rows}",
        }).Build();

    private static byte[] Join(RowFormat format, (byte[] Value, Header Type)[] requests)
    {
        var rows = requests.Select(r => format.Request(r.Value, 0)!).ToList();
        return [.. rows[0].Merge(rows).Bytes];
    }

    /// <summary>From engine to outcome, records that come by chance: a Poisson process of a quarter of 495 records/s, the same for both.</summary>
    private static async Task LatencyAsync(EmbeddedModel model, Transport transport)
    {
        const double perSecond = 495 / 4.0;
        const int count = 1_500;
        List<double> p50Single = [], p50Merged = [], p99Single = [], p99Merged = [];
        var shared = 0;
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (rows, p50, p99) in new[] { (1, p50Single, p99Single), (Rows, p50Merged, p99Merged) })
            {
                await using var engine = Engine(model, transport, rows);
                var (latencies, together) = await OpenLoopAsync(engine, transport, perSecond, count, round).ConfigureAwait(false);
                if (round == 0) continue;
                p50.Add(latencies[count / 2]);
                p99.Add(latencies[count * 99 / 100]);
                shared += together;
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {transport} | {perSecond:0} | {Throughput.Median(p50Single):0.00} ms | {Throughput.Median(p50Merged):0.00} ms | {Throughput.Median(p99Single):0.00} ms | {Throughput.Median(p99Merged):0.00} ms | {Throughput.Median(p99Merged) / Throughput.Median(p99Single):0.00} | {shared} of {Rounds * count} |"));
    }

    private static async Task<(double[] Latencies, int Shared)> OpenLoopAsync(InferenceEngine engine, Transport transport, double perSecond, int count, int seed)
    {
        var requests = Throughput.Requests(transport, count);
#pragma warning disable CA5394 // Chance that is the same in both runs.
        var random = new Random(seed);
        var (at, shared, start, latencies, calls) = (0.0, 0, Stopwatch.GetTimestamp(), new double[count], new List<Task>());
        for (var i = 0; i < count; i++)
        {
            at += -Math.Log(1 - random.NextDouble()) / perSecond;
#pragma warning restore CA5394
            while (at - Stopwatch.GetElapsedTime(start).TotalSeconds is > 0 and var wait)
            {
                if (wait > 0.002) await Task.Delay(TimeSpan.FromSeconds(wait - 0.001), TimeProvider.System).ConfigureAwait(false);
                else await Task.Yield();
            }
            calls.Add(OneAsync(i));
        }
        await Task.WhenAll(calls).ConfigureAwait(false);
        Array.Sort(latencies);
        return (latencies, shared);

        async Task OneAsync(int number)
        {
            var began = Stopwatch.GetTimestamp();
            var outcome = await engine.InferAsync(new Record("in", 0, number, 0, null, requests[number].Value, [requests[number].Type]), CancellationToken.None).ConfigureAwait(false);
            latencies[number] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (outcome.Kind != OutcomeKind.Answered) throw new InvalidOperationException($"Record {number} is {outcome.Kind}.");
            if (outcome.Answer!.EntityHeaders.Any(h => h.Name == HeaderNames.Merged)) Interlocked.Increment(ref shared);
        }
    }

    private static InferenceEngine Engine(EmbeddedModel model, Transport transport, int rows) => InferenceEngine.Create(
        ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "localhost:9092",
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["KAFKA_WORKERS"] = "4",
            ["MODEL_MAX_BATCH_ROWS"] = $"{rows}",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["SELDON_TRANSPORT"] = transport == Transport.Rest ? "rest" : "grpc",
            ["MODEL_NAME"] = "flowers",
            ["MODEL_REST_URL"] = $"{model.RestUrl}",
            ["MODEL_GRPC_URL"] = $"{model.GrpcUrl}",
        }).Build()).Engine, NullLoggerFactory.Instance, TimeProvider.System);
}
