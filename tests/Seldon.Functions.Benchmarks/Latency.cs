using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>latency BROKERS [seconds] [records/s]</c>: how long a record takes from being produced until a reader of committed records has its result, for both
/// deliveries, at a steady rate and with a model that answers at once: so all of it is added.
/// </summary>
internal static class Latency
{
    private const int DefaultSeconds = 20;
    private const int DefaultRate = 500;

    /// <summary>What comes in this time is not counted: connections are made and code is compiled.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : DefaultSeconds;
        var rate = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : DefaultRate;
        Console.WriteLine($"{rate} records/s for {seconds} s after {WarmUp.TotalSeconds:0} s to warm up, {Deliveries.Partitions} partitions, REST, a model that answers at once");
        Console.WriteLine("| delivery | records | p50 ms | p90 ms | p99 ms | longest ms |");
        Console.WriteLine("|---|---|---|---|---|---|");
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        var request = Throughput.Requests(Transport.Rest, 1)[0];
        foreach (var delivery in Deliveries.Both)
        {
            var configuration = await Deliveries.PrepareAsync(args[0], delivery, model).ConfigureAwait(false);
            var all = await MeasureAsync(configuration, request, rate, (int)WarmUp.TotalSeconds * rate, seconds * rate).ConfigureAwait(false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {delivery} | {all.Count} | {At(all, 0.5):0.0} | {At(all, 0.9):0.0} | {At(all, 0.99):0.0} | {all[^1]:0.0} |"));
        }
        return 0;
    }

    private static double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];

    /// <summary>Milliseconds of each record that was sent after the first ones, from the least on.</summary>
    private static async Task<List<double>> MeasureAsync(IConfiguration configuration, (byte[] Value, Records.Header Type) request, int rate, int uncounted, int counted)
    {
        var kafka = ProcessorSettings.Read(configuration).Kafka;
        using var stop = new CancellationTokenSource();
        await using var engine = InferenceEngine.Create(ProcessorSettings.Read(configuration).Engine, NullLoggerFactory.Instance, TimeProvider.System);
        var run = new StreamProcessor(engine, kafka, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop.Token);

        var (sent, taken) = (new long[uncounted + counted], new ConcurrentDictionary<int, double>());
        var reading = Task.Factory.StartNew(() => Read(kafka, sent, taken, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // What waited while the host joined its group is done before anything is counted.
        foreach (var (first, end) in new[] { (0, uncounted), (uncounted, sent.Length) })
        {
            await SendAsync(kafka, request, sent, first, end, rate).ConfigureAwait(false);
            for (var since = TimeProvider.System.GetTimestamp(); taken.Count < end;)
            {
                if (reading.IsCompleted) await reading.ConfigureAwait(false);
                if (TimeProvider.System.GetElapsedTime(since) > Patience) throw new TimeoutException($"{taken.Count} of {end} results came.");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System).ConfigureAwait(false);
            }
        }
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(run, reading).ConfigureAwait(false);
        return [.. taken.Where(t => t.Key >= uncounted).Select(t => t.Value).Order()];
    }

    private static async Task SendAsync(KafkaOptions kafka, (byte[] Value, Records.Header Type) request, long[] sent, int first, int end, int rate)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = kafka.Broker, LingerMs = 0 }).Build();
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        var start = TimeProvider.System.GetTimestamp();
        for (var next = first; next < end; await beat.WaitForNextTickAsync().ConfigureAwait(false))
        {
            for (var due = first + (TimeProvider.System.GetElapsedTime(start).TotalSeconds * rate); next < due && next < end; next++)
            {
                var headers = new Headers { { request.Type.Name, request.Type.Value }, { HeaderNames.Puid, Encoding.UTF8.GetBytes($"{next}") } };
                Volatile.Write(ref sent[next], TimeProvider.System.GetTimestamp());
                producer.Produce(
                    new TopicPartition(kafka.InputTopics[0], next % Deliveries.Partitions),
                    new Message<byte[], byte[]> { Value = request.Value, Headers = headers },
                    report => ArgumentOutOfRangeException.ThrowIfNotEqual(report.Error.Code, ErrorCode.NoError));
            }
        }
        producer.Flush(Patience);
    }

    private static void Read(KafkaOptions kafka, long[] sent, ConcurrentDictionary<int, double> taken, CancellationToken stop)
    {
        using var reader = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = kafka.Broker,
            GroupId = "latency",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).Build();
        reader.Assign(Enumerable.Range(0, Deliveries.Partitions).Select(p => new TopicPartition(kafka.Output.Results, p)));
        while (!stop.IsCancellationRequested)
        {
            if (reader.Consume(TimeSpan.FromMilliseconds(100)) is not { } result) continue;
            var now = TimeProvider.System.GetTimestamp();
            var number = int.Parse(result.Message.Headers.GetLastBytes(HeaderNames.Puid), CultureInfo.InvariantCulture);
            taken.TryAdd(number, TimeProvider.System.GetElapsedTime(Volatile.Read(ref sent[number]), now).TotalMilliseconds);
        }
    }
}
