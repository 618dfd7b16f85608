using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Publishes records and tells when each is acknowledged. What goes through <see cref="InOrder"/> stands in its partition in the order of
/// sending, and behind a record that the broker refused nothing is delivered that was handed over after it.
/// </summary>
internal sealed class KafkaPublisher : IDisposable
{
    /// <summary>Long enough for the client's threads to see that they are to send; acknowledgements are awaited elsewhere.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(1);

    /// <summary>How long what was on its way to other brokers is awaited when a sender has stopped; after that it is sent again, and may come twice.</summary>
    private static readonly TimeSpan RetirementPatience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<Delivery> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _making = new();
    private readonly Func<bool, RecordSender> _make;
    private readonly PartitionCounts _partitions;
    private RecordSender _inOrder;
    private RecordSender? _alone;

    public KafkaPublisher(KafkaOptions options, TimeProvider time, ILogger logger)
    {
        var errors = new RateLimitedErrors(options.Broker, Log.ProducerError, time, logger);
        _partitions = new PartitionCounts((topic, patience) => Current().Ask(topic, patience), time);
        _make = isAlone =>
        {
            var config = ClientConfigs.Producer(options);
            // A batch is refused as a whole; a record that is alone in its batch is refused for its own sake.
            if (isAlone) (config.BatchNumMessages, config.LingerMs) = (1, 0);
            else config.EnableGaplessGuarantee = true;
            return new RecordSender(config, _partitions, errors, failure => _fatal.TrySetResult(failure), () => Task.Run(Current), time, logger);
        };
        _inOrder = _make(false);
    }

    /// <summary>Ends when a producer has failed for good.</summary>
    public Task<Delivery> Fatal => _fatal.Task;

    /// <summary>
    /// What hands records over, until one is refused: it gives back all later ones then. Whoever knows what became of all that it had handed
    /// over asks for another.
    /// </summary>
    public Send InOrder()
    {
        var sender = Current();
        return _fatal.Task.IsCompleted ? CannotGoOn : sender.Send;
    }

    /// <summary>Finds out how many partitions the topic has; normally at once.</summary>
    public ValueTask PrepareAsync(ProducerRecord record, CancellationToken cancellationToken) => _partitions.EnsureAsync(record.Topic, cancellationToken);

    /// <summary>Hands over a record that was not taken before, in a batch of its own; the task ends with what became of it.</summary>
    public async ValueTask<Delivery> SendAloneAsync(ProducerRecord record, CancellationToken cancellationToken)
    {
        await PrepareAsync(record, cancellationToken).ConfigureAwait(false);
        return await Alone()(record).ConfigureAwait(false);
    }

    /// <summary>Sends what was handed over, now, instead of waiting a few milliseconds for more of it.</summary>
    public Task FlushAsync() => Task.Run(() => Current().Flush(Flush));

    public void Dispose()
    {
        _fatal.TrySetResult(new Delivery(DeliveryKind.Fatal, "the publisher is closed"));
        // Nothing is made any more from here on; and the lock is not held while the clients' threads are awaited, which may wait for it.
        RecordSender[] last;
        lock (_making) last = _alone is null ? [_inOrder] : [_alone, _inOrder];
        foreach (var sender in last) sender.Dispose();
    }

    private Send Alone()
    {
        lock (_making) return _fatal.Task.IsCompleted ? CannotGoOn : (_alone ??= _make(true)).Send;
    }

    /// <summary>The sender in use; another takes the place of one that has stopped, unless none can go on.</summary>
    private RecordSender Current()
    {
        lock (_making)
        {
            if (!_inOrder.IsStopped || _fatal.Task.IsCompleted) return _inOrder;
            var stopped = _inOrder;
            try
            {
                _inOrder = _make(false);
            }
            catch (Exception failure) when (failure is KafkaException or InvalidOperationException or ArgumentException)
            {
                // A certificate that is gone, for instance.
                _fatal.TrySetResult(new Delivery(DeliveryKind.Fatal, failure.Message));
                return stopped;
            }
            _ = Task.Run(() => stopped.End(RetirementPatience));
            return _inOrder;
        }
    }

    private Task<Delivery> CannotGoOn(ProducerRecord record, Action? failed)
    {
        failed?.Invoke();
        return _fatal.Task;
    }
}
