using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Publishes records and tells when each is acknowledged. What goes through <see cref="InOrder"/> stands in its partition in the order of
/// sending, without a gap: behind a record that the broker refused nothing is delivered that was handed over after it.
/// </summary>
internal sealed class KafkaPublisher : IDisposable
{
    /// <summary>Long enough for the client's threads to see that they are to send; acknowledgements are awaited elsewhere.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a stopped sender may take to tell what became of what was on its way to the brokers.</summary>
    private static readonly TimeSpan RetirementPatience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<Delivery> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _making = new();
    private readonly Func<RecordSender> _makeInOrder;
    private readonly Lazy<RecordSender> _alone;
    private readonly PartitionCounts _partitions;
    private RecordSender _inOrder;

    public KafkaPublisher(KafkaOptions options, TimeProvider time, ILogger logger)
    {
        var errors = new CalmErrors(options.Broker, Log.ProducerError, time, logger);
        _makeInOrder = () =>
        {
            var config = ClientConfigs.Producer(options);
            config.EnableGaplessGuarantee = true;
            return Make(config);
        };
        _alone = new Lazy<RecordSender>(() =>
        {
            // A batch is refused as a whole; a record that is alone in its batch is refused for its own sake.
            var config = ClientConfigs.Producer(options);
            config.BatchNumMessages = 1;
            return Make(config);
        });
        _partitions = new PartitionCounts((topic, patience) => Current().Ask(topic, patience), time);
        _inOrder = _makeInOrder();

        RecordSender Make(ProducerConfig config) => new(config, _partitions!, errors, failure => _fatal.TrySetResult(failure), time, logger);
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

    /// <summary>Finds out how many partitions the topic has, where a sender needs to know; normally at once.</summary>
    public ValueTask PrepareAsync(ProducerRecord record, CancellationToken cancellationToken) =>
        record.Key is null ? _partitions.EnsureAsync(record.Topic, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Hands over a record that was not taken before, in a batch of its own; the task ends with what became of it.</summary>
    public async ValueTask<Delivery> SendAloneAsync(ProducerRecord record, CancellationToken cancellationToken)
    {
        await PrepareAsync(record, cancellationToken).ConfigureAwait(false);
        Send send = _fatal.Task.IsCompleted ? CannotGoOn : _alone.Value.Send;
        return await send(record, static () => { }).ConfigureAwait(false);
    }

    /// <summary>Sends what was handed over, now, instead of waiting a few milliseconds for more of it.</summary>
    public Task FlushAsync() => Task.Run(() => _inOrder.Flush(Flush));

    public void Dispose()
    {
        _fatal.TrySetResult(new Delivery(DeliveryKind.Fatal, "the publisher is closed"));
        _partitions.Dispose();
        if (_alone.IsValueCreated) _alone.Value.Dispose();
        lock (_making) _inOrder.Dispose();
    }

    /// <summary>The sender in use; another takes the place of one that has stopped, unless none can go on.</summary>
    private RecordSender Current()
    {
        lock (_making)
        {
            if (_inOrder.IsStopped && !_fatal.Task.IsCompleted)
            {
                var stopped = _inOrder;
                _inOrder = _makeInOrder();
                _ = Task.Run(() => Retire(stopped));
            }
            return _inOrder;
        }
    }

    private Task<Delivery> CannotGoOn(ProducerRecord record, Action failed)
    {
        failed();
        return _fatal.Task;
    }

    /// <summary>What is on its way to the brokers is awaited; should one of them never tell what became of it, all is made anew.</summary>
    private void Retire(RecordSender stopped)
    {
        if (!stopped.End(RetirementPatience)) _fatal.TrySetResult(new Delivery(DeliveryKind.Fatal, "a producer that was stopped does not come to its end"));
        stopped.Dispose();
    }
}
