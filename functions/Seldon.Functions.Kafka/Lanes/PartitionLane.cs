using System.Collections.Concurrent;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// One input partition from reading to acknowledgement: its records are processed concurrently, and leave for the <see cref="Outbox"/> in order.
/// </summary>
/// <remarks>
/// <code>
/// TryAdd ─► engine (concurrent) ─► TakeDecided (in order) ─► outbox ─► Acknowledge ─► Position
///   reader's thread │ pool         └──────────────── the outbox's loop ───────────────┘
/// </code>
/// </remarks>
internal sealed class PartitionLane : IDisposable
{
    private readonly ConcurrentQueue<InFlightRecord> _read = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationToken _cancelled;
    private readonly Queue<Record> _waiting = new();
    private readonly InferenceEngine _engine;
    private readonly Outbox _outbox;
    private readonly KafkaOptions _options;
    private readonly Window _window;
    private readonly TimeProvider _time;

    // The outbox's loop alone touches these.
    private readonly Queue<InFlightRecord> _unacknowledged = new();
    private int _sent;
    private bool _isComplete;
    private bool _isEnding;

    private volatile bool _isLost;
    private bool _isPosted;

    public PartitionLane(InferenceEngine engine, Outbox outbox, KafkaOptions options, Window window, TimeProvider time)
    {
        (_engine, _outbox, _options, _window, _time) = (engine, outbox, options, window, time);
        _cancelled = _cancel.Token;
    }

    /// <summary>Ends when nothing is in flight any more, after <see cref="Complete"/>, <see cref="Cancel"/> or <see cref="Dispose"/>.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Takes a record that is to be published elsewhere, and says so; null if all is published by the outbox. Called by its loop.</summary>
    public Func<ProducerRecord, bool>? Takes { get; init; }

    /// <summary>Takes note of acknowledged dead letters; null if nobody asks.</summary>
    public RecentDeadLetters? DeadLetters { get; init; }

    /// <summary>Whether the partition is not this member's any more: nothing of it may be committed.</summary>
    public bool IsLost => _isLost;

    /// <summary>How far the partition has come.</summary>
    public LaneProgress Progress { get; } = new();

    /// <summary>The first record that was read and did not fit the window. It, and those read after it, enter first.</summary>
    public Record? Waiting => _waiting.TryPeek(out var record) ? record : null;

    /// <summary>Whether there is room enough to read the partition again after a pause.</summary>
    public bool IsHalfFree => _window.IsHalfFree(Progress.Count, Progress.Bytes);

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
        var inFlight = new InFlightRecord(this, record, _time.GetTimestamp());
        _read.Enqueue(inFlight);
        // On the pool: sending takes longer than reading, and this thread reads for all partitions.
        ThreadPool.UnsafeQueueUserWorkItem(inFlight, preferLocal: false);
        return true;
    }

    /// <summary>No more records will be added; those in flight are finished.</summary>
    public void Complete() => _outbox.Post(() =>
    {
        _isComplete = true;
        _outbox.Hurry();
        EndIfDone();
    });

    /// <summary>
    /// Ends all calls. What was handed to a producer is still awaited, and what has to come before that in the partition's order; the rest is dropped,
    /// uncommitted.
    /// </summary>
    public void Cancel()
    {
        _cancel.Cancel();
        _outbox.Post(() =>
        {
            _isEnding = true;
            var records = _unacknowledged.ToArray();
            var isHeld = Array.Exists(records, r => r is { Holds: > 0, IsDone: false, Attempt: null });
            var last = isHeld ? -1 : Array.FindLastIndex(records, r => r.Attempt is not null || r.IsDone);
            foreach (var record in records.AsSpan(last + 1)) record.IsDropped = true;
            _outbox.Hurry();
            EndIfDone();
        });
    }

    /// <summary>The partition is this member's no more: ends all calls, and drops what is not acknowledged.</summary>
    public void Dispose()
    {
        _isLost = true;
        _cancel.Cancel();
        _cancel.Dispose();
        _outbox.Post(Drop);
    }

    /// <summary>Turns the record into what is published of it, and never fails.</summary>
    public async Task InferAsync(InFlightRecord inFlight)
    {
        try
        {
            var record = inFlight.Record;
            var outcome = Instruments.Traces.HasListeners()
                ? await RecordTrace.RunAsync(record, _options.Group, traced => _engine.InferAsync(traced, _cancelled)).ConfigureAwait(false)
                : await _engine.InferAsync(record, _cancelled).ConfigureAwait(false);
            // Cancelled: it stays undecided, and holds what comes after it.
            if (outcome.Kind == OutcomeKind.Unprocessed) return;
            var topics = _options.OutputOf(outcome.Route, record.Topic);
            var publication = outcome.Answer is { } answer ? Result.From(record, answer, topics.Results) : DeadLetter.From(record, outcome.Rejection!, topics.Errors);
            inFlight.Decide(outcome, TraceContext.Continue(publication, outcome.Activity));
            if (!Interlocked.Exchange(ref _isPosted, true)) _outbox.Post(this);
        }
#pragma warning disable CA1031 // A defect must not end unseen: it ends the outbox's loop, which others look at.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            _outbox.Post(() => throw new InvalidOperationException("A record could not be made ready for publishing.", defect));
        }
    }

    /// <summary>The loop takes what is decided: what is decided from now on is posted.</summary>
    public void OnTurn() => Interlocked.Exchange(ref _isPosted, false);

    /// <summary>The next record in the order of reading, if its outcome is known.</summary>
    public InFlightRecord? TakeDecided()
    {
        if (_isEnding || !_read.TryPeek(out var record) || !record.IsDecided) return null;
        _read.TryDequeue(out _);
        _unacknowledged.Enqueue(record);
        return record;
    }

    /// <summary>A record was handed to a producer.</summary>
    public void OnSent() => _sent++;

    /// <summary>A producer is done with a record.</summary>
    public void OnReported()
    {
        _sent--;
        EndIfDone();
    }

    /// <summary>A record waits until its topic takes records: who gives the partition away does not wait for that.</summary>
    public void OnHeld()
    {
        if (_isEnding) Drop();
    }

    /// <summary>The broker has what became of a record. The position moves on when it has all before it, too.</summary>
    public void Acknowledge(InFlightRecord acknowledged)
    {
        if (acknowledged.IsDropped) return;
        acknowledged.IsDone = true;
        if (acknowledged.Outcome.Rejection is { } rejection) DeadLetters?.Add(acknowledged.Record, rejection);
        RecordMeter.Acknowledged(acknowledged.Record, acknowledged.Outcome, acknowledged.Publication.Topic, _options.Group, _time.GetElapsedTime(acknowledged.ReadAt));
        while (_unacknowledged.TryPeek(out var first) && first.IsDone)
        {
            _unacknowledged.Dequeue();
            Progress.OnAcknowledged(first.Record);
        }
        _window.SignalRelease();
        EndIfDone();
    }

    private void Drop()
    {
        _isEnding = true;
        foreach (var record in _unacknowledged) record.IsDropped = true;
        _outbox.Hurry();
        EndIfDone();
    }

    private void EndIfDone()
    {
        var isDone = _isEnding
            ? _outbox.Fatal.IsCompleted || (_sent == 0 && _unacknowledged.All(r => r.IsDropped || r.IsDone))
            : _isComplete && _unacknowledged.Count == 0 && _read.IsEmpty;
        if (isDone) _completion.TrySetResult();
    }
}
