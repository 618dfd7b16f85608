using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo;

/// <summary>
/// One run: broker and model are started, the records produced, the same code as in <c>run</c> processes them, and a reader
/// that knows nothing of it looks at the topics.
/// </summary>
/// <param name="serve">Begins to answer over HTTP with the processor's state, where that is wanted.</param>
/// <param name="display">Null for none.</param>
internal sealed class DemoRun(
    IReadOnlyList<Dialect> dialects, int records, Func<StreamStatus, Task> serve, DemoFigures figures, DemoDisplay? display, TimeProvider time)
{
    private const int ErrorPartitions = 2;

    /// <summary>The embedded broker keeps 5 MiB a partition: this many records stay well below.</summary>
    private const int RecordsPerPartition = 4000;

    private static readonly TimeSpan MaxLatency = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    // All results go to one topic, with fewer partitions than a topic of requests has, so that order is really tried.
    private readonly int _inputPartitions = Math.Max(4, (records + RecordsPerPartition - 1) / RecordsPerPartition + 1);

    private readonly string[] _protocols = [.. dialects.Select(d => d.Protocol).Distinct()];

    public async Task<DemoReport> RunAsync(CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Error)
            .AddSimpleConsole(console => console.SingleLine = true)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

        // 1. A broker with a topic for each protocol's requests and two for what comes out, and a model.
        using var broker = EmbeddedBroker.Start();
        string[] inputs = [.. _protocols.Select(DemoTopics.Of)];
        foreach (var input in inputs) broker.CreateTopic(input, _inputPartitions);
        broker.CreateTopic(DemoTopics.Results, _inputPartitions - 1);
        broker.CreateTopic(DemoTopics.Errors, ErrorPartitions);
        var model = await EmbeddedModel.StartAsync(MaxLatency, time, stop).ConfigureAwait(false);
        await using var _ = model.ConfigureAwait(false);
        var topics = $"{string.Join(", ", inputs)} ({_inputPartitions} partitions) -> {DemoTopics.Results} ({_inputPartitions - 1}), {DemoTopics.Errors} ({ErrorPartitions})";
        if (display is not null) DemoDisplay.ShowStart(broker.BootstrapServers, model, topics);

        // 2. Requests on the input topics.
        var settings = ProcessorSettings.Read(Configuration(broker, model));
        if (settings.Problems.Count > 0) throw new InvalidOperationException(string.Join(' ', settings.Problems));
        await PlainProducer.ProduceAsync(settings.Kafka, new DemoRecords(dialects, records, d => DemoTopics.Of(d.Protocol)).All()).ConfigureAwait(false);

        // 3. The processor, until the reader has seen what became of every record, or nothing more comes.
        var engine = InferenceEngine.Create(settings.Engine, loggers, time);
        await using var __ = engine.ConfigureAwait(false);
        var ledger = new DemoLedger();
        var progress = new DemoProgress(dialects, ledger, figures);
        var start = time.GetTimestamp();
        var stream = new StreamProcessor(engine, settings.Kafka, time, loggers);
        await serve(stream.Status).ConfigureAwait(false);
        using var reader = new TopicReader(settings.Kafka, "demo-reader", [.. inputs, DemoTopics.Results, DemoTopics.Errors]);
        var elapsed = await ProcessAsync(stream, reader, ledger, progress, start, stop).ConfigureAwait(false);

        // 4. The processor has stopped; nothing may have come after.
        while (!reader.IsAtEnd())
        {
            if (reader.Read(TimeSpan.FromMilliseconds(20)) is { } late) ledger.Add(late);
        }
        return new DemoReport(dialects, records, ledger, progress, elapsed);
    }

    /// <summary>
    /// Runs the processor until the reader is done; says how long that took. However it ends, neither of them is running any more: what they
    /// use may be disposed of.
    /// </summary>
    private async Task<TimeSpan> ProcessAsync(StreamProcessor stream, TopicReader reader, DemoLedger ledger, DemoProgress progress, long start, CancellationToken stop)
    {
        using var processing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var processor = stream.RunAsync(processing.Token);
        var reading = Task.Factory.StartNew(
            () => ReadAll(reader, ledger, processor, processing.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            if (display is not null) await display.ShowProgressAsync(reading, progress, start).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            return time.GetElapsedTime(start);
        }
        finally
        {
            await processing.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await processor.ConfigureAwait(false);
        }
    }

    private void ReadAll(TopicReader reader, DemoLedger ledger, Task processor, CancellationToken stop)
    {
        var lastRecord = time.GetTimestamp();
        while (ledger.Sources < records && !processor.IsCompleted && time.GetElapsedTime(lastRecord) < LongestSilence)
        {
            stop.ThrowIfCancellationRequested();
            if (reader.Read(TimeSpan.FromMilliseconds(50)) is not { } record) continue;
            ledger.Add(record);
            lastRecord = time.GetTimestamp();
        }
    }

    /// <summary>One route a protocol, for both transports or for one, as the processor's settings write it.</summary>
    private IConfiguration Configuration(EmbeddedBroker broker, EmbeddedModel model)
    {
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = broker.BootstrapServers,
            ["KAFKA_OUTPUT_TOPIC"] = DemoTopics.Results,
            ["KAFKA_ERROR_TOPIC"] = DemoTopics.Errors,
            // The embedded broker makes classic groups wait for a session timeout at every change.
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            // It does not wake a waiting fetch when records come.
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
        };
        foreach (var (i, route) in dialects.GroupBy(d => d.Protocol).Index())
        {
            var transport = route.Count() > 1 ? Transport.Auto : route.First().Transport;
            settings[$"Seldon:Routes:{i}:Name"] = route.Key;
            settings[$"Seldon:Routes:{i}:InputTopic"] = DemoTopics.Of(route.Key);
            settings[$"Seldon:Routes:{i}:Protocol"] = route.Key;
            settings[$"Seldon:Routes:{i}:Transport"] = Dialect.NameOf(transport);
            settings[$"Seldon:Routes:{i}:Model"] = FlowerModel.Name;
            settings[$"Seldon:Routes:{i}:RestUrl"] = model.RestUrl.ToString();
            settings[$"Seldon:Routes:{i}:GrpcUrl"] = model.GrpcUrl.ToString();
        }
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
