using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Demo.Dialects.TensorFlow;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>throughput [records] [partitions]</c>: Kafka -> model -> Kafka against a loop around the plain client, in one process, with the same
/// requests, the same server and the same number of calls in flight. Prints requests per second of both, and the ratio.
/// </summary>
internal static class Throughput
{
    private const int Concurrency = 64;
    private const int Rounds = 5;
    private static int _partitions = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        if (args.Length > 1) _partitions = int.Parse(args[1], CultureInfo.InvariantCulture);
        Console.WriteLine($"{records} requests, {Concurrency} in flight, {_partitions} partitions, medians of {Rounds} rounds after one to warm up");
        Console.WriteLine("| model latency | transport | plain client, requests/s | Kafka to Kafka, records/s | ratio | CPU µs/request | CPU µs/record |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        await ForEachModelAsync((model, transport, name) => CompareAsync(model, transport, name, records)).ConfigureAwait(false);
        return 0;
    }

    /// <summary>For a model that answers at once and one that takes its time, over each transport; with the first two cells of its row in the table.</summary>
    public static async Task ForEachModelAsync(Func<EmbeddedModel, Transport, string, Task> compare)
    {
        foreach (var latency in new[] { TimeSpan.Zero, TimeSpan.FromMilliseconds(20) })
        {
            await using var model = await EmbeddedModel.StartAsync(latency, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            var took = latency == TimeSpan.Zero ? "none" : string.Create(CultureInfo.InvariantCulture, $"0-{latency.TotalMilliseconds:0} ms");
            await compare(model, Transport.Rest, $"{took} | REST").ConfigureAwait(false);
            await compare(model, Transport.Grpc, $"{took} | gRPC").ConfigureAwait(false);
        }
    }

    private static async Task CompareAsync(EmbeddedModel model, Transport transport, string name, int records)
    {
        var requests = Requests(transport, records);
        List<double> plain = [], kafka = [], plainCpu = [], kafkaCpu = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var (start, cpu) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
            if (transport == Transport.Rest) await BareClients.RestAsync(model.RestUrl, [.. requests.Select(r => r.Value)], Concurrency).ConfigureAwait(false);
            else await BareClients.GrpcAsync(model.GrpcUrl, [.. requests.Select(r => r.Value)], Concurrency).ConfigureAwait(false);
            var bare = records / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            var bareCpu = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / records;
            var (ours, oursCpu) = await KafkaToKafkaAsync(model, transport, requests, RunStandaloneAsync).ConfigureAwait(false);
            if (round == 0) continue;
            plain.Add(bare);
            kafka.Add(ours);
            plainCpu.Add(bareCpu);
            kafkaCpu.Add(oursCpu);
        }
        var (a, b) = (Median(plain), Median(kafka));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {a:0} | {b:0} | {b / a:0.00} | {Median(plainCpu):0} | {Median(kafkaCpu):0} |"));
    }

    public static List<(byte[] Value, Header Type)> Requests(Transport transport, int records)
    {
        var write = (transport == Transport.Rest ? TensorFlowDialect.Rest : TensorFlowDialect.Grpc).Requests[0];
        return [.. Enumerable.Range(0, records).Select(i => write(Flower.Sample(i).ToFeatures()))];
    }

    /// <summary>Records per second from the first record that is read to the last that is acknowledged.</summary>
    public static async Task<(double PerSecond, double CpuMicroseconds)> KafkaToKafkaAsync(
        EmbeddedModel model, Transport transport, List<(byte[] Value, Header Type)> requests, Func<IConfiguration, int, Task<double>> run)
    {
        using var broker = EmbeddedBroker.Start();
        foreach (var topic in new[] { "in", "out", "out.errors" }) broker.CreateTopic(topic, _partitions);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = broker.BootstrapServers,
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["KAFKA_WORKERS"] = $"{Concurrency}",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["SELDON_TRANSPORT"] = transport == Transport.Rest ? "rest" : "grpc",
            ["MODEL_NAME"] = "flowers",
            ["MODEL_REST_URL"] = $"{model.RestUrl}",
            ["MODEL_GRPC_URL"] = $"{model.GrpcUrl}",
        }).Build();
        var settings = ProcessorSettings.Read(configuration);
        if (settings.Problems.Count > 0) throw new InvalidOperationException(string.Join(' ', settings.Problems));
        await PlainProducer.ProduceAsync(settings.Kafka, requests.Select((r, i) => new ProducerRecord("in", i, null, r.Value, [r.Type])).ToAsyncEnumerable()).ConfigureAwait(false);

        var cpu = Environment.CpuUsage.TotalTime;
        var seconds = await run(configuration, requests.Count).ConfigureAwait(false);
        return (requests.Count / seconds, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / requests.Count);
    }

    /// <summary>The standalone host: seconds for so many records.</summary>
    public static async Task<double> RunStandaloneAsync(IConfiguration configuration, int records)
    {
        using var clock = new FirstToLast(records);
        using var stop = new CancellationTokenSource();
        var settings = ProcessorSettings.Read(new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
        }).Build());
        await using var engine = InferenceEngine.Create(settings.Engine, NullLoggerFactory.Instance, TimeProvider.System);
        var run = new StreamProcessor(engine, settings.Kafka, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop.Token);
        var seconds = await clock.Elapsed.WaitAsync(TimeSpan.FromMinutes(5)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await run.ConfigureAwait(false);
        return seconds;
    }

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>The time from the first record read to the last published as a result, by the processor's own meter.</summary>
    private sealed class FirstToLast : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly TaskCompletionSource<double> _elapsed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly int _count;
        private long _start;
        private int _published;

        public FirstToLast(int count)
        {
            _count = count;
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == Instruments.Meter) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>(OnCount);
            _listener.Start();
        }

        public Task<double> Elapsed => _elapsed.Task;

        public void Dispose() => _listener.Dispose();

        private void OnCount(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            // Every series begins with 0.
            if (value == 0) return;
            if (instrument == Instruments.Consumed) Interlocked.CompareExchange(ref _start, TimeProvider.System.GetTimestamp(), 0);
            else if (instrument != Instruments.Records) return;
            else if (tags[1].Value is not "answered") _elapsed.TrySetException(new InvalidOperationException("A record was rejected."));
            else if (Interlocked.Increment(ref _published) == _count) _elapsed.TrySetResult(TimeProvider.System.GetElapsedTime(_start).TotalSeconds);
        }
    }
}
