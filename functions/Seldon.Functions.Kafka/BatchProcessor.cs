using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka;

/// <summary>
/// The whole job of a host that is given batches: each batch is answered, published in order per partition and acknowledged before
/// it returns. It holds through outages of models and broker; the producer is made with the first batch, and anew when it cannot go on.
/// </summary>
public sealed class BatchProcessor(InferenceEngine engine, KafkaOptions options, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>How long acknowledgements are awaited after cancellation: the Functions host grants its worker five seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));

    private readonly ILogger _logger = loggers.CreateLogger("Seldon.Functions.Kafka");
    private readonly Lock _making = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _batches;
    private Outbox? _outbox;

    // The batch is in memory already: there is nothing left to bound.
    private readonly Window _window = new(int.MaxValue, long.MaxValue);

    /// <summary>What librdkafka says against the producer's properties; empty if nothing. Connects to nothing.</summary>
    public static IReadOnlyList<string> Check(KafkaOptions options) => [.. ClientCheck.Producer(options)];

    /// <summary>Ends when the broker has acknowledged what became of every record, or <paramref name="takes"/> took it.</summary>
    /// <param name="records">The batch; the records of a partition in their order.</param>
    /// <param name="takes">Takes a record that is to be published elsewhere, and says so; null to publish all here.</param>
    /// <param name="cancellationToken">Ends all calls. What was handed to the producer is awaited for four seconds more.</param>
    /// <exception cref="OperationCanceledException">Cancelled, or disposed, before all was acknowledged; the batch must not be committed.</exception>
    /// <remarks>
    /// <code>
    /// batch ─1─► a lane per partition ─2─► all acknowledged ──► return
    ///                 ▲                 └─3─► cancelled ──► what was handed over, at most 4 s ──► throw
    ///                 └──── the rest, by a new producer ◄── 4. the producer cannot go on
    /// </code>
    /// </remarks>
    public async Task ProcessAsync(IReadOnlyList<Record> records, Func<ProducerRecord, bool>? takes, CancellationToken cancellationToken)
    {
        Begin();
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            var rest = records.GroupBy(r => (r.Topic, r.Partition)).Select(g => g.ToList()).ToList();
            try
            {
                for (var failures = 0; rest.Count > 0; failures++)
                {
                    if (failures > 0) await Task.Delay(Waits.Delay(failures - 1), time, stop.Token).ConfigureAwait(false);
                    stop.Token.ThrowIfCancellationRequested();
                    rest = await TryAsync(rest, takes, stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                var left = rest.Sum(row => row.Count);
                Log.BatchStopped(_logger, records.Count - left, records.Count, left);
                throw;
            }
        }
        finally
        {
            End();
        }
    }

    /// <summary>Stops the batches that are being processed, as cancellation does, awaits their ends, and frees the producer after the last.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        lock (_making)
        {
            if (_batches == 0) _ended.TrySetResult();
        }
        await _ended.Task.ConfigureAwait(false);
        _outbox?.Dispose();
        _window.Dispose();
        _stopping.Dispose();
    }

    private void Begin()
    {
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_ended.Task.IsCompleted, this);
            _batches++;
        }
    }

    private void End()
    {
        lock (_making)
        {
            if (--_batches == 0 && _stopping.IsCancellationRequested) _ended.TrySetResult();
        }
    }

    /// <summary>The records that are not acknowledged when it ends, by partition.</summary>
    private async Task<List<List<Record>>> TryAsync(List<List<Record>> rows, Func<ProducerRecord, bool>? takes, CancellationToken cancellationToken)
    {
        // 1. A lane per partition.
        var outbox = Outbox();
        var lanes = rows.Select(_ => new PartitionLane(engine, outbox, options, _window, time) { Takes = takes }).ToList();
        try
        {
            foreach (var (row, lane) in rows.Zip(lanes))
            {
                foreach (var record in row)
                {
                    lane.NoteRead(record);
                    lane.TryAdd(record);
                }
                lane.Complete();
            }

            // 2. All is acknowledged,
            var ended = Task.WhenAll(lanes.Select(l => l.Completion));
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = cancellationToken.Register(cancelled.SetResult);
            await Task.WhenAny(ended, cancelled.Task, outbox.Fatal, outbox.Completion).ConfigureAwait(false);
            outbox.ThrowIfFaulted();

            // 3., 4. unless it is cancelled or the producer cannot go on.
            if (!ended.IsCompleted)
            {
                foreach (var lane in lanes) lane.Cancel();
                await Task.WhenAny(ended, Task.Delay(Patience, time, CancellationToken.None)).ConfigureAwait(false);
            }
            if (outbox.Fatal.IsCompleted)
            {
                var failure = await outbox.Fatal.ConfigureAwait(false);
                Log.ProducerRecreated(_logger, failure.Reason, failure.Code);
            }
            return [.. rows.Zip(lanes, (row, lane) => row[^lane.Progress.Count..]).Where(row => row.Count > 0)];
        }
        finally
        {
            foreach (var lane in lanes) lane.Dispose();
        }
    }

    private Outbox Outbox()
    {
        lock (_making)
        {
            if (_outbox is { Fatal.IsCompleted: true } or { Completion.IsCompleted: true })
            {
                var failed = _outbox;
                _outbox = null;
                failed.Dispose();
            }
            if (_outbox is not null) return _outbox;
            RecordMeter.Announce(options, engine.RouteNames);
            return _outbox = new Outbox(options, time, _logger);
        }
    }
}
