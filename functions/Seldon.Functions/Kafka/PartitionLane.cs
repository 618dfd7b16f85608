using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>
/// One input partition from reading to acknowledgement: its records are processed concurrently, published in order, and
/// acknowledged in order, so that <see cref="Position"/> is always safe to commit.
/// </summary>
/// <remarks>
/// <code>
/// Add ─► engine (concurrent) ─► publish in order ─► acknowledge in order ─► Position
///        └──── _read ────────────────┘└──── _sent ─────────┘
/// </code>
/// </remarks>
internal sealed class PartitionLane : IDisposable
{
    private readonly Channel<Read> _read = Unbounded<Read>();
    private readonly Channel<Sent> _sent = Unbounded<Sent>();
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationToken _cancelled;
    private readonly Queue<Record> _waiting = new();
    private readonly ConcurrentQueue<long> _timestamps = new();
    private readonly Lock _sending = new();
    private readonly InferenceEngine _engine;
    private readonly KafkaPublisher _publisher;
    private readonly Func<ProducerRecord, Task<Delivery>> _send;
    private readonly DeliverySettler _settler;
    private readonly KafkaOptions _options;
    private readonly Window _window;
    private readonly TimeProvider _time;
    private readonly Task _publishing;
    private readonly Task _acknowledging;
    private TaskCompletionSource? _hold;
    private int _unsettled;
    private int _count;
    private long _bytes;
    private long _position = -1;
    private long _beginning = -1;
    private long _end = -1;

    /// <param name="send">What hands a record over, if it is not the publisher itself.</param>
    public PartitionLane(
        InferenceEngine engine, KafkaPublisher publisher, KafkaOptions options, Window window, TimeProvider time, ILogger logger,
        Func<ProducerRecord, Task<Delivery>>? send = null)
    {
        (_engine, _publisher, _options, _window, _time) = (engine, publisher, options, window, time);
        _send = send ?? publisher.Send;
        _cancelled = _cancel.Token;
        _settler = new DeliverySettler(publisher, options, time, logger);
        (_publishing, _acknowledging) = (Task.Run(PublishInOrderAsync), Task.Run(AcknowledgeInOrderAsync));
        Completion = CompleteAsync();
        HandedOver = Task.WhenAny(_publishing, Completion);
    }

    /// <summary>
    /// Ends when nothing is under way any more: after <see cref="Complete"/> or <see cref="Cancel"/>. Fails at once when a defect of
    /// ours ends one half of the lane; the other half may go on for ever.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Ends when nothing more will be handed to the producer, and never fails.</summary>
    public Task HandedOver { get; }

    /// <summary>Throws what ended the lane, if a defect of ours did.</summary>
    public void ThrowIfFaulted()
    {
        if (_publishing.IsFaulted) _publishing.GetAwaiter().GetResult();
        if (_acknowledging.IsFaulted) _acknowledging.GetAwaiter().GetResult();
    }

    /// <summary>
    /// The offset to commit: one more than that of the last record of an unbroken row of acknowledged ones, or the partition's end when all
    /// that was read is acknowledged; -1 if there is none.
    /// </summary>
    public long Position => _timestamps.IsEmpty && Begun is >= 0 and var begun && Volatile.Read(ref _end) is var end && end > begun ? end : Acknowledged;

    /// <summary>Records read and not yet acknowledged.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of these records.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The earliest timestamp of a record that was read and is not yet acknowledged; null if there is none.</summary>
    public long? OldestTimestamp
    {
        get
        {
            long? oldest = null;
            foreach (var timestamp in _timestamps) oldest = Math.Min(timestamp, oldest ?? timestamp);
            return oldest;
        }
    }

    /// <summary>The offset of the first record that is not yet acknowledged, read or not; -1 if it is not known.</summary>
    public long Next => Position is >= 0 and var position ? position : Volatile.Read(ref _beginning);

    /// <summary>The group's committed offset, as long as nothing was read here that says better.</summary>
    public void BeginsAt(long offset) => Interlocked.CompareExchange(ref _beginning, offset, -1);

    /// <summary>
    /// The reader has come to the partition's end. The end is further than the last record and one more where marks of transactions
    /// follow, which are no records: without this, the group would seem to lag behind by them.
    /// </summary>
    public void EndsAt(long offset) => Volatile.Write(ref _end, offset);

    /// <summary>The first record that was read and did not fit the window. It, and those read after it, enter first.</summary>
    public Record? Waiting => _waiting.TryPeek(out var record) ? record : null;

    /// <summary>Keeps a record that does not fit the window, until <see cref="TryAddWaiting"/> lets it in.</summary>
    public void Enqueue(Record record) => _waiting.Enqueue(record);

    /// <summary>A record was read: it is added, or enqueued, next.</summary>
    public void NoteRead(Record record)
    {
        // The end that was reached may be committed already: from here on it counts as acknowledged, or the position would go back.
        if (Position is var position && position > Acknowledged) Volatile.Write(ref _position, position);
        if (Acknowledged < 0 && _timestamps.IsEmpty) Volatile.Write(ref _beginning, record.Offset);
        _timestamps.Enqueue(record.Timestamp);
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
        if (!_window.Fits(Count, Bytes, size)) return false;
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, size);
        _read.Writer.TryWrite(new Read(record, _time.GetTimestamp(), InferAsync(record)));
        return true;
    }

    /// <summary>No more records will be added; those under way are finished.</summary>
    public void Complete() => _read.Writer.TryComplete();

    /// <summary>Ends all calls. What was handed to the producer is still awaited; the rest is dropped, uncommitted.</summary>
    public void Cancel()
    {
        _cancel.Cancel();
        _read.Writer.TryComplete();
        ReleaseHold();
    }

    /// <summary>Whether there is room enough to read the partition again after a pause.</summary>
    public bool IsHalfFree => _window.IsHalfFree(Count, Bytes);

    public void Dispose()
    {
        Cancel();
        _cancel.Dispose();
    }

    private long Acknowledged => Volatile.Read(ref _position);

    private long Begun => Acknowledged is >= 0 and var acknowledged ? acknowledged : Volatile.Read(ref _beginning);

    private async Task<Outcome> InferAsync(Record record)
    {
        // On the pool: sending takes longer than reading, and the thread that adds reads for all partitions.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return Telemetry.Traces.HasListeners()
            ? await RecordTrace.RunAsync(record, _options.Group, traced => _engine.InferAsync(traced, _cancelled)).ConfigureAwait(false)
            : await _engine.InferAsync(record, _cancelled).ConfigureAwait(false);
    }

    private async Task CompleteAsync()
    {
        await (await Task.WhenAny(_publishing, _acknowledging).ConfigureAwait(false)).ConfigureAwait(false);
        await Task.WhenAll(_publishing, _acknowledging).ConfigureAwait(false);
    }

    private async Task PublishInOrderAsync()
    {
        try
        {
            await foreach (var read in _read.Reader.ReadAllAsync(_cancelled).ConfigureAwait(false))
            {
                var outcome = await read.Inference.ConfigureAwait(false);
                if (outcome.Kind == OutcomeKind.Unprocessed) break;
                var topics = _options.OutputOf(outcome.Route);
                var publication = outcome.Answer is { } answer
                    ? Result.From(read.Record, answer, topics.Results)
                    : DeadLetter.From(read.Record, outcome.Rejection!, topics.Errors);
                publication = TraceContext.Continue(publication, outcome.Activity);
                await _publisher.PrepareAsync(publication, _cancelled).ConfigureAwait(false);
                while (!TrySend(read, publication, outcome)) await WaitWhileHeldAsync().ConfigureAwait(false);
                _cancelled.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            // Revoked or stopped: what was not handed over stays uncommitted.
        }
        finally
        {
            _sent.Writer.TryComplete();
        }
    }

    /// <summary>Hands the record over, unless an earlier one was not taken: that one goes first.</summary>
    private bool TrySend(Read read, ProducerRecord publication, in Outcome outcome)
    {
        lock (_sending)
        {
            if (_cancelled.IsCancellationRequested) return true;
            if (_hold is not null) return false;
            _unsettled++;
            _sent.Writer.TryWrite(new Sent(read, publication, outcome, _send(publication)));
            return true;
        }
    }

    private Task WaitWhileHeldAsync()
    {
        lock (_sending) return _hold?.Task ?? Task.CompletedTask;
    }

    private async Task AcknowledgeInOrderAsync()
    {
        await foreach (var sent in _sent.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            var delivery = await sent.Delivery.ConfigureAwait(false);
            var settled = sent;
            if (delivery.Kind != DeliveryKind.Acknowledged)
            {
                Hold();
                settled = await _settler.SettleAsync(sent, delivery, _cancelled).ConfigureAwait(false);
                if (settled is null) return;
            }
            Acknowledge(settled);
            ReleaseHoldWhenAllIsSettled();
        }
    }

    private void Acknowledge(Sent sent)
    {
        var size = sent.Record.Size;
        RecordMeter.Acknowledged(sent, _options.Group, _time.GetElapsedTime(sent.Read.At));
        Volatile.Write(ref _position, sent.Record.Offset + 1);
        _timestamps.TryDequeue(out _);
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -size);
        _window.SignalRelease();
    }

    private void Hold()
    {
        lock (_sending) _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void ReleaseHoldWhenAllIsSettled()
    {
        lock (_sending)
        {
            if (--_unsettled == 0) ReleaseHold();
        }
    }

    private void ReleaseHold()
    {
        lock (_sending)
        {
            _hold?.TrySetResult();
            _hold = null;
        }
    }

    private static Channel<T> Unbounded<T>() =>
        Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
}

/// <summary>A record that was read: when, and the task that decides about it.</summary>
internal readonly record struct Read(Record Record, long At, Task<Outcome> Inference);

/// <summary>A record that was handed to the producer.</summary>
/// <param name="Read">The input record.</param>
/// <param name="Publication">What was made of it.</param>
/// <param name="Outcome">What the engine made of it.</param>
/// <param name="Delivery">What becomes of it.</param>
internal sealed record Sent(Read Read, ProducerRecord Publication, Outcome Outcome, Task<Delivery> Delivery)
{
    public Record Record => Read.Record;
}
