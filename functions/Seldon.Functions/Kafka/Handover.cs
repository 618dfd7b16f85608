using System.Threading.Channels;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Hands a partition's publications to the producer, in order. While one that was not taken is being settled, the hand-over is held:
/// what comes later may not overtake it. It goes on when all that was handed over is settled.
/// </summary>
/// <param name="send">What hands a record over.</param>
/// <param name="cancelled">When it is, nothing is handed over any more.</param>
internal sealed class Handover(Func<ProducerRecord, Task<Delivery>> send, CancellationToken cancelled)
{
    private readonly Channel<Sent> _sent = Channel.CreateUnbounded<Sent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Lock _sending = new();
    private TaskCompletionSource? _hold;
    private int _unsettled;

    /// <summary>What was handed over, in this order.</summary>
    public ChannelReader<Sent> Sent => _sent.Reader;

    /// <summary>Hands the record over, unless the hand-over is held. What is cancelled needs no other attempt.</summary>
    public bool TrySend(Read read, ProducerRecord publication, in Outcome outcome)
    {
        lock (_sending)
        {
            if (cancelled.IsCancellationRequested) return true;
            if (_hold is not null) return false;
            _unsettled++;
            _sent.Writer.TryWrite(new Sent(read, publication, outcome, send(publication)));
            return true;
        }
    }

    /// <summary>Nothing more will be handed over.</summary>
    public void Complete() => _sent.Writer.TryComplete();

    /// <summary>Ends when it is not held, or not any more.</summary>
    public Task WaitWhileHeldAsync()
    {
        lock (_sending) return _hold?.Task ?? Task.CompletedTask;
    }

    /// <summary>One was not taken: it goes first.</summary>
    public void Hold()
    {
        lock (_sending) _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
            _hold?.TrySetResult();
            _hold = null;
        }
    }
}
