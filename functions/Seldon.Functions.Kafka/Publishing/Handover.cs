using System.Threading.Channels;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Hands a partition's publications over, in order. As soon as one is not taken, the hand-over is held: what comes later may not
/// overtake it. It goes on when all that was handed over is settled.
/// </summary>
internal sealed class Handover
{
    private readonly Channel<Sent> _sent = Channel.CreateUnbounded<Sent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Lock _sending = new();
    private readonly Func<Send> _inOrder;
    private readonly CancellationToken _cancelled;
    private readonly Action _hold;
    private Send _send;
    private TaskCompletionSource? _held;
    private bool _hasFailed;
    private int _unsettled;

    /// <param name="inOrder">Gives what hands records over, until one is not taken.</param>
    /// <param name="cancelled">When it is, nothing is handed over any more.</param>
    public Handover(Func<Send> inOrder, CancellationToken cancelled) => (_inOrder, _cancelled, _hold, _send) = (inOrder, cancelled, Hold, inOrder());

    /// <summary>What was handed over, in this order.</summary>
    public ChannelReader<Sent> Sent => _sent.Reader;

    /// <summary>Hands the record over, unless the hand-over is held. What is cancelled needs no other attempt.</summary>
    public bool TrySend(Read read, ProducerRecord publication, in Outcome outcome)
    {
        lock (_sending)
        {
            if (_cancelled.IsCancellationRequested) return true;
            if (_held is not null) return false;
            // What is under way must not be overtaken by another producer.
            if (_unsettled++ == 0) _send = _inOrder();
            _sent.Writer.TryWrite(new Sent(read, publication, outcome, _send(publication, _hold)));
            return true;
        }
    }

    /// <summary>
    /// What is handed over again from here on goes to another producer, if the last one has stopped. Nothing that it could overtake may be under
    /// way there.
    /// </summary>
    public void Renew()
    {
        lock (_sending) (_send, _hasFailed) = (_inOrder(), false);
    }

    /// <summary>Hands over again what was given back; null if it is cancelled, or if another one has failed since <see cref="Renew"/>.</summary>
    public Sent? TrySendAgain(Sent sent)
    {
        lock (_sending) return _hasFailed || _cancelled.IsCancellationRequested ? null : sent with { Delivery = _send(sent.Publication, _hold) };
    }

    /// <summary>Nothing more will be handed over.</summary>
    public void Complete() => _sent.Writer.TryComplete();

    /// <summary>Ends when it is not held, or not any more, or cancelled.</summary>
    public Task WaitWhileHeldAsync()
    {
        lock (_sending) return _cancelled.IsCancellationRequested || _held is null ? Task.CompletedTask : _held.Task;
    }

    /// <summary>One is settled; when it was the last, the hand-over goes on.</summary>
    public void OnSettled()
    {
        lock (_sending)
        {
            if (--_unsettled == 0) Release();
        }
    }

    /// <summary>Lets whoever waits go on.</summary>
    public void Release()
    {
        lock (_sending)
        {
            _held?.TrySetResult();
            _held = null;
        }
    }

    /// <summary>One was not taken: it goes first.</summary>
    private void Hold()
    {
        lock (_sending)
        {
            _hasFailed = true;
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
