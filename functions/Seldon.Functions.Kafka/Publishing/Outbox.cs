using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Lanes;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Publishes what becomes of records. One loop, on a thread of its own, owns the producers and all that is on its way to them; all others only post
/// messages to it.
/// </summary>
/// <remarks>
/// <code>
/// lane ──── decided ───►┐                    ┌─ DeliveryMode: rows, or a transaction
/// lane ──── ending ────►│  inbox ─► one loop ┤                                        ─► producer
/// client ── reported ──►┘       owns all     └─► lane.Acknowledge(record)
/// </code>
/// </remarks>
internal sealed class Outbox : IDisposable
{
    private readonly ConcurrentQueue<Message> _inbox = new();
    private readonly ManualResetEventSlim _hasMail = new();
    private readonly TaskCompletionSource<Delivery> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly ITimer _alarm;
    private readonly DeliveryMode _mode;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isClosing;
    private bool _isClosed;

    public Outbox(KafkaOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _alarm = time.CreateTimer(_ => _hasMail.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _mode = options.Transactions is null ? new AcknowledgedDelivery(this, options, time, logger) : new ExactlyOnceDelivery(this, options, time, logger);
        Completion = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Ends when there may be something to send; a producer may have failed by then.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Why the broker does not let this program deliver as it is set to; null if it does.</summary>
    public string? Refusal { get; set; }

    /// <summary>The consumer's membership, for transactions.</summary>
    public Membership Membership { get; } = new();

    /// <summary>Whether nothing is to be tried again.</summary>
    public bool IsClosing => _isClosing;

    /// <summary>Ends when a producer has failed for good.</summary>
    public Task<Delivery> Fatal => _fatal.Task;

    /// <summary>Ends when the outbox is disposed of; fails when a defect of ours ends the loop.</summary>
    public Task Completion { get; }

    /// <summary>The record's outcome is known.</summary>
    public void Post(InFlightRecord decided) => Post(new Message(decided, null, null));

    /// <summary>The end of an attempt is known.</summary>
    public void Post(Flight reported) => Post(new Message(null, reported, null));

    /// <summary>Does something on the loop.</summary>
    public void Post(Action action) => Post(new Message(null, null, action));

    /// <summary>Somebody waits for the end of what was sent. Called by the loop.</summary>
    public void Hurry() => _mode.Hurry();

    /// <summary>A producer cannot go on.</summary>
    public void Fail(Delivery delivery) => _fatal.TrySetResult(delivery);

    /// <summary>Throws what ended the loop, if a defect of ours did.</summary>
    public void ThrowIfFaulted()
    {
        if (Completion.IsFaulted) Completion.GetAwaiter().GetResult();
    }

    /// <summary>Nothing is sent after this; what is not acknowledged is left as it is.</summary>
    public void Dispose()
    {
        _isClosing = true;
        Fail(new Delivery(DeliveryKind.Fatal, "the outbox is closed"));
        Post(() => _isClosed = true);
        Task.WaitAny(Completion);
        _alarm.Dispose();
        _mode.CloseAsync().GetAwaiter().GetResult();
    }

    /// <summary>Places what a lane has ready, in the lane's order.</summary>
    private void Place(PartitionLane lane)
    {
        while (lane.TakeDecided() is { } record)
        {
            if (lane.Takes?.Invoke(record.Publication) == true) lane.Acknowledge(record);
            else _mode.Place(record);
        }
    }

    private void Post(in Message message)
    {
        _inbox.Enqueue(message);
        _hasMail.Set();
    }

    private void Run()
    {
        _mode.Start();
        _ready.TrySetResult();
        while (!_isClosed)
        {
            _hasMail.Wait();
            _hasMail.Reset();
            while (_inbox.TryDequeue(out var message))
            {
                if (message.Decided is { } record) Place(record.Lane);
                else if (message.Reported is { } flight) _mode.OnReport(flight);
                else message.Action!();
            }
            var next = _mode.Pump();
            if (next < long.MaxValue) _alarm.Change(_time.Until(next), Timeout.InfiniteTimeSpan);
        }
    }

    private readonly record struct Message(InFlightRecord? Decided, Flight? Reported, Action? Action);
}
