using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo;

/// <summary>
/// One run: broker and model are started, the records produced, the same code as in <c>run</c> processes them, and a reader
/// that knows nothing of it looks at the topics.
/// </summary>
/// <param name="serve">Begins to answer over HTTP with the processor's state, where that is wanted.</param>
/// <param name="display">Null for none.</param>
internal sealed class DemoRun(
    IReadOnlyList<Dialect> dialects, DemoPlan plan, Func<StreamStatus, Task> serve, DemoFigures figures, DemoDisplay? display, TimeProvider time)
{
    /// <summary>While its code is compiled, a program is slow; a steady rate is to show how it is then.</summary>
    private const int WarmUp = 240;

    private const double OutageBegins = 0.4;
    private const double OutageLasts = 0.2;

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);

    private readonly DemoLedger _ledger = new();
    private readonly DemoTimeline _timeline = new(time);

    // What must come out before the run is over; known once nothing more is put in.
    private int _expected = int.MaxValue;

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<DemoReport> RunAsync(CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Error)
            .AddSimpleConsole(console => console.SingleLine = true)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

        // 1. A broker with its topics, and a model.
        var stage = await DemoStage.BuildAsync(dialects, plan.Records, time, stop).ConfigureAwait(false);
        await using var _ = stage.ConfigureAwait(false);
        display?.ShowStart(stage);

        // 2. Requests on the input topics, all at once or at their rate.
        var settings = ProcessorSettings.Read(stage.Configuration());
        if (settings.Problems.Count > 0) throw new InvalidOperationException(string.Join(' ', settings.Problems));
        var records = new DemoRecords(dialects, plan.Records, d => DemoTopics.Of(d.Protocol));
        if (plan.Rate is null)
        {
            await PlainProducer.ProduceAsync(settings.Kafka, records.All().ToAsyncEnumerable()).ConfigureAwait(false);
            _expected = plan.Records;
        }
        else
        {
            display?.Show($"Warming up with {WarmUp} requests.");
        }

        // 3. The processor, until the reader has seen what became of every record, or nothing more comes.
        var engine = InferenceEngine.Create(settings.Engine, loggers, time);
        await using var __ = engine.ConfigureAwait(false);
        var progress = new DemoProgress(dialects, _ledger, figures, _timeline);
        var stream = new StreamProcessor(engine, settings.Kafka, time, loggers);
        await serve(stream.Status).ConfigureAwait(false);
        using var reader = new TopicReader(settings.Kafka, "demo-reader", [.. stage.Inputs, DemoTopics.Results, DemoTopics.Errors]);
        Func<CancellationToken, Task> act = plan.Rate is { } rate ? token => ActAsync(stage, settings.Kafka, records, rate, token) : _ => Begin();
        var elapsed = await ProcessAsync(stream, reader, progress, act, stop).ConfigureAwait(false);

        // 4. The processor has stopped; nothing may have come after.
        while (!reader.IsAtEnd())
        {
            if (reader.Read(Turn) is { } late) _ledger.Add(late);
        }
        return new DemoReport(dialects, plan.Records, _ledger, progress, elapsed, plan.Rate is null ? null : _timeline);
    }

    /// <summary>
    /// Runs the processor until the reader is done; says how long that took. However it ends, nothing of it is running any more: what it
    /// uses may be disposed of.
    /// </summary>
    private async Task<TimeSpan> ProcessAsync(StreamProcessor stream, TopicReader reader, DemoProgress progress, Func<CancellationToken, Task> act, CancellationToken stop)
    {
        using var processing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var processor = stream.RunAsync(processing.Token);
        var acting = act(processing.Token);
        var reading = Task.Factory.StartNew(
            () => ReadAll(reader, () => processor.IsCompleted || acting.IsFaulted, processing.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await Task.WhenAny(reading, _begun.Task).ConfigureAwait(false);
            if (display is not null) await display.ShowProgressAsync(reading, progress, _timeline).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            if (acting.IsFaulted) await acting.ConfigureAwait(false);
            var elapsed = _timeline.Elapsed;
            if (plan.Rate is not null) display?.Show("Stopping the processor, to look at the topics once more.");
            return elapsed;
        }
        finally
        {
            await processing.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await acting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await processor.ConfigureAwait(false);
        }
    }

    /// <summary>Nothing new in half a minute ends it, too: the run comes to an end on any machine.</summary>
    private void ReadAll(TopicReader reader, Func<bool> isOver, CancellationToken stop)
    {
        var lastRecord = time.GetTimestamp();
        while (_ledger.Sources < Volatile.Read(ref _expected) && !isOver() && time.GetElapsedTime(lastRecord) < LongestSilence)
        {
            stop.ThrowIfCancellationRequested();
            if (reader.Read(TimeSpan.FromMilliseconds(50)) is not { } record) continue;
            _ledger.Add(record);
            lastRecord = time.GetTimestamp();
        }
    }

    /// <summary>What happens while the processor runs: requests at their rate, an outage amid them, and a redrive when all is answered.</summary>
    private async Task ActAsync(DemoStage stage, KafkaOptions options, DemoRecords records, int rate, CancellationToken stop)
    {
        await PlainProducer.ProduceAsync(options, records.Good(WarmUp).ToAsyncEnumerable()).ConfigureAwait(false);
        await UntilAsync(() => _ledger.Sources >= WarmUp, stop).ConfigureAwait(false);
        _ledger.Clear();
        figures.Clear();
        await Begin().ConfigureAwait(false);

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watch = WatchGatesAsync(watching.Token);
        var sending = PlainProducer.ProduceAsync(options, PacedAsync(records, rate, stop));
        if (plan.HasOutage) await OutageAsync(stage, sending, stop).ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        _timeline.Add("sent", FormattableString.Invariant($"all {plan.Records} requests"));
        await UntilAsync(() => _ledger.Sources >= plan.Records, stop).ConfigureAwait(false);

        stage.Model.Deploy(DemoRecords.MissingModel);
        using var redrive = new Redrive(options, new RedriveFilter([], [], null, null), isDryRun: false);
        // Kafka's clients block their threads.
        if (await Task.Run(() => redrive.RunAsync(stop), stop).ConfigureAwait(false) is { } obstacle) throw new InvalidOperationException(obstacle);
        _timeline.Add("redrive", FormattableString.Invariant($"{redrive.Counts.Redriven} dead letters put back, after the model '{DemoRecords.MissingModel}' was deployed"));
        Volatile.Write(ref _expected, plan.Records + redrive.Counts.Redriven);
        await watching.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task Begin()
    {
        _timeline.Begin();
        _begun.SetResult();
        return Task.CompletedTask;
    }

    /// <summary>The model server is down for its time, and until an endpoint has met that, unless no request is left that could.</summary>
    private async Task OutageAsync(DemoStage stage, Task sending, CancellationToken stop)
    {
        await Task.Delay(plan.Length * OutageBegins, time, stop).ConfigureAwait(false);
        _timeline.Add("outage", "the model server is stopped");
        await stage.StopModelAsync().ConfigureAwait(false);
        await Task.Delay(plan.Length * OutageLasts, time, stop).ConfigureAwait(false);
        await UntilAsync(() => sending.IsCompleted || _timeline.HasHeld, stop).ConfigureAwait(false);
        await stage.StartModelAsync(stop).ConfigureAwait(false);
        _timeline.Add("outage", "the model server is back");
    }

    /// <summary>Notes when records begin to be held and when none are any more, as the processor's own metrics say.</summary>
    private async Task WatchGatesAsync(CancellationToken stop)
    {
        var waiting = 0;
        for (var wasHeld = false; ; await Task.Delay(Turn, time, stop).ConfigureAwait(false))
        {
            var held = figures.HeldEndpoints();
            if (held > 0) waiting = Math.Max(waiting, _ledger.Waiting);
            if (held > 0 == wasHeld) continue;
            wasHeld = held > 0;
            if (wasHeld) _timeline.Hold();
            else _timeline.Resume(waiting);
        }
    }

    /// <summary>The records, each when its time has come. A machine that is too slow sends late, not less.</summary>
    private async IAsyncEnumerable<ProducerRecord> PacedAsync(DemoRecords records, int rate, [EnumeratorCancellation] CancellationToken stop)
    {
        var start = time.GetTimestamp();
        for (var i = 0; i < records.Count; i++)
        {
            var ahead = TimeSpan.FromSeconds((double)i / rate) - time.GetElapsedTime(start);
            if (ahead > TimeSpan.Zero) await Task.Delay(ahead, time, stop).ConfigureAwait(false);
            yield return records[i];
        }
    }

    private async Task UntilAsync(Func<bool> condition, CancellationToken stop)
    {
        while (!condition()) await Task.Delay(Turn, time, stop).ConfigureAwait(false);
    }
}
