using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// One input partition from reading to acknowledgement: its records are processed concurrently, published in order, and
/// acknowledged in order, so that <see cref="LaneProgress.Position"/> is always safe to commit.
/// </summary>
/// <remarks>
/// <code>
/// Add ─► engine (concurrent) ─► publish in order ─► acknowledge in order ─► Position
///        └──── _read ────────────────┘└──── Handover ──────┘
///                               └───────────── LaneOutput ──────────────┘
/// </code>
/// </remarks>
internal sealed class PartitionLane : IDisposable
{
    private readonly Channel<Read> _read = Channel.CreateUnbounded<Read>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationToken _cancelled;
    private readonly Queue<Record> _waiting = new();
    private readonly InferenceEngine _engine;
    private readonly KafkaOptions _options;
    private readonly Window _window;
    private readonly TimeProvider _time;
    private readonly LaneOutput _output;

    /// <param name="inOrder">Gives what hands records over, if it is not the publisher itself.</param>
    public PartitionLane(
        InferenceEngine engine, KafkaPublisher publisher, KafkaOptions options, Window window, TimeProvider time, ILogger logger,
        Func<Send>? inOrder = null)
    {
        (_engine, _options, _window, _time) = (engine, options, window, time);
        _cancelled = _cancel.Token;
        _output = new LaneOutput(_read.Reader, Progress, publisher, options, window, time, logger, inOrder ?? publisher.InOrder, _cancelled);
    }

    /// <inheritdoc cref="LaneOutput.Completion"/>
    public Task Completion => _output.Completion;

    /// <inheritdoc cref="LaneOutput.HandedOver"/>
    public Task HandedOver => _output.HandedOver;

    /// <inheritdoc cref="LaneOutput.ThrowIfFaulted"/>
    public void ThrowIfFaulted() => _output.ThrowIfFaulted();

    /// <summary>How far the partition has come.</summary>
    public LaneProgress Progress { get; } = new();

    /// <summary>The first record that was read and did not fit the window. It, and those read after it, enter first.</summary>
    public Record? Waiting => _waiting.TryPeek(out var record) ? record : null;

    /// <summary>Keeps a record that does not fit the window, until <see cref="TryAddWaiting"/> lets it in.</summary>
    public void Enqueue(Record record) => _waiting.Enqueue(record);

    /// <summary>A record was read: it is added, or enqueued, next.</summary>
    public void NoteRead(Record record)
    {
        Progress.OnRead(record);
        RecordMeter.Read(record.Topic, _options.Group);
    }

    /// <summary>Lets the waiting records in, in order, as far as the window has room; says whether none is left.</summary>
    public bool TryAddWaiting()
    {
        while (_waiting.TryPeek(out var record) && TryAdd(record)) _waiting.Dequeue();
        return _waiting.Count == 0;
    }

    /// <summary>Takes the record if the window has room for it, and starts to process it.</summary>
    public bool TryAdd(Record record)
    {
        var size = record.Size;
        if (!_window.Fits(Progress.Count, Progress.Bytes, size)) return false;
        Progress.OnTaken(size);
        // On the pool: sending takes longer than reading, and this thread reads for all partitions.
        var inference = Task.Run(() => InferAsync(record));
        _read.Writer.TryWrite(new Read(record, _time.GetTimestamp(), inference));
        return true;
    }

    /// <summary>No more records will be added; those under way are finished.</summary>
    public void Complete() => _read.Writer.TryComplete();

    /// <summary>Ends all calls. What was handed to the producer is still awaited; the rest is dropped, uncommitted.</summary>
    public void Cancel()
    {
        _cancel.Cancel();
        _read.Writer.TryComplete();
        _output.Release();
    }

    /// <summary>Whether there is room enough to read the partition again after a pause.</summary>
    public bool IsHalfFree => _window.IsHalfFree(Progress.Count, Progress.Bytes);

    public void Dispose()
    {
        Cancel();
        _cancel.Dispose();
    }

    private Task<Outcome> InferAsync(Record record) => Instruments.Traces.HasListeners()
        ? RecordTrace.RunAsync(record, _options.Group, traced => _engine.InferAsync(traced, _cancelled))
        : _engine.InferAsync(record, _cancelled).AsTask();
}
