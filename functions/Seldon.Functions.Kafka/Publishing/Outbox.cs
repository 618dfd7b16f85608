using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Lanes;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Publishes what becomes of records. One loop owns the producers and all that is on its way to them; all others only post messages to it.
/// </summary>
/// <remarks>
/// <code>
/// lane ──── decided ───►┐                    ┌─ DeliveryMode: rows, or a transaction
/// lane ──── ending ────►│  inbox ─► one loop ┤                                        ─► producer
/// client ── reported ──►┘       owns all     └─► lane.Acknowledge(record)
/// </code>
/// A turn of the loop takes all that is in the inbox. Turns follow one another on the thread pool, where the records are decided that they take: no thread has to be woken
/// for a record.
/// </remarks>
internal sealed class Outbox : IDisposable, IThreadPoolWorkItem
{
    private const int Idle = 0, Running = 1, Due = 2;

    private readonly ConcurrentQueue<object> _inbox = new();
    private readonly TaskCompletionSource<Delivery> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly ITimer _alarm;
    private readonly DeliveryMode _mode;
    private int _state;
    private volatile bool _isClosing;
    private bool _isClosed;

    public Outbox(KafkaOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _alarm = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _mode = options.Transactions is null ? new AcknowledgedDelivery(this, options, time, logger) : new ExactlyOnceDelivery(this, options, time, logger);
        Post(() =>
        {
            _mode.Start();
            _ready.TrySetResult();
        });
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
    public Task Completion => _completion.Task;

    /// <summary>Outcomes of the lane's records are known.</summary>
    public void Post(PartitionLane lane) => PostMessage(lane);

    /// <summary>The end of an attempt is known.</summary>
    public void Post(Attempt ended) => PostMessage(ended);

    /// <summary>Does something on the loop.</summary>
    public void Post(Action action) => PostMessage(action);

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

    /// <summary>Runs turns until nothing is due. Nothing runs a turn beside it: who posts meanwhile leaves the next one to it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            do
            {
                Interlocked.Exchange(ref _state, Running);
                RunTurn();
            }
            while (!_isClosed && Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
            if (_isClosed) _completion.TrySetResult();
        }
#pragma warning disable CA1031 // A defect ends the loop, which others look at: no turn follows, since the state stays as it is.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            _completion.TrySetException(defect);
            _ready.TrySetResult();
        }
    }

    private void RunTurn()
    {
        while (_inbox.TryDequeue(out var message))
        {
            switch (message)
            {
                case PartitionLane lane:
                    Place(lane);
                    break;
                case Attempt attempt:
                    _mode.OnEnd(attempt);
                    break;
                case Action action:
                    action();
                    break;
            }
        }
        var next = _mode.Pump();
        if (next < long.MaxValue) _alarm.Change(_time.Until(next), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Places what a lane has ready, in the lane's order.</summary>
    private void Place(PartitionLane lane)
    {
        lane.OnTurn();
        while (lane.TakeDecided() is { } record)
        {
            if (lane.Takes?.Invoke(record.Publication) == true) lane.Acknowledge(record);
            else _mode.Place(record);
        }
    }

    private void PostMessage(object message)
    {
        _inbox.Enqueue(message);
        Wake();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _state, Due) == Idle) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
