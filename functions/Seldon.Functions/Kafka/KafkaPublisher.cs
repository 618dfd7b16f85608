using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Hands records to an idempotent producer and tells when each is acknowledged. Records that are sent one after the other
/// to one partition stand there in that order.
/// </summary>
internal sealed class KafkaPublisher : IDisposable
{
    /// <summary>Long enough for the client's threads to see that they are to send; acknowledgements are awaited elsewhere.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(1);

    private readonly WakefulProducer _producer;
    private readonly Lazy<WakefulProducer> _alone;
    private readonly PartitionCounts _partitions;
    private readonly TaskCompletionSource<Delivery> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public KafkaPublisher(KafkaOptions options, TimeProvider time, ILogger logger)
    {
        var errors = new CalmErrors(options.Broker, Log.ProducerError, time, logger);
        _producer = new WakefulProducer(Build(ClientConfigs.Producer(options), errors, logger), time, logger);
        _alone = new Lazy<WakefulProducer>(() =>
        {
            // A batch is refused as a whole; a record that is alone in its batch is refused for its own sake.
            var config = ClientConfigs.Producer(options);
            config.BatchNumMessages = 1;
            return new WakefulProducer(Build(config, errors, logger), time, logger);
        });
        _partitions = new PartitionCounts(_producer.Admin, time);
    }

    /// <summary>Ends when a producer has failed for good.</summary>
    public Task<Delivery> Fatal => _fatal.Task;

    /// <summary>Finds out how many partitions the topic has, where <see cref="Send(ProducerRecord)"/> needs to know; normally at once.</summary>
    public ValueTask PrepareAsync(ProducerRecord record, CancellationToken cancellationToken) =>
        record.Key is null ? _partitions.EnsureAsync(record.Topic, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Hands the record over, now; the task ends with what became of it and never fails.</summary>
    public Task<Delivery> Send(ProducerRecord record) => Send(_producer.Producer, record);

    /// <summary>The same for a record that was not taken before: it travels in a batch of its own.</summary>
    public async ValueTask<Delivery> SendAloneAsync(ProducerRecord record, CancellationToken cancellationToken)
    {
        await PrepareAsync(record, cancellationToken).ConfigureAwait(false);
        return await Send(_alone.Value.Producer, record).ConfigureAwait(false);
    }

    /// <summary>Sends what was handed over, now, instead of waiting a few milliseconds for more of it.</summary>
    public Task FlushAsync() => Task.Run(() => _producer.Producer.Flush(Flush));

    public void Dispose()
    {
        _partitions.Dispose();
        if (_alone.IsValueCreated) _alone.Value.Dispose();
        _producer.Dispose();
    }

    private Task<Delivery> Send(IProducer<byte[], byte[]> producer, ProducerRecord record)
    {
        var partition = Partition.Any;
        if (record.Key is null)
        {
            // A record without a key stays with the others of its input partition.
            if (_partitions.Of(record.Topic) is not (> 0 and var count))
                return Task.FromResult(new Delivery(DeliveryKind.Held, "the topic's partitions are not known", nameof(ErrorCode.UnknownTopicOrPart)));
            partition = record.SourcePartition % count;
        }
        var message = new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = record.ToHeaders() };
        var done = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            producer.Produce(new TopicPartition(record.Topic, partition), message, report => done.SetResult(Judge(report.Error, report.Offset, record.Topic)));
            return done.Task;
        }
        catch (KafkaException refused)
        {
            return Task.FromResult(Judge(refused.Error, default, record.Topic));
        }
    }

    private Delivery Judge(Error error, Offset offset, string topic)
    {
        // The client takes "duplicate sequence" for success. On a topic that was just made the record may never have been there.
        if (!error.IsError && offset == Offset.Unset) return new Delivery(DeliveryKind.Neighbour, "acknowledged without an offset");
        var delivery = Delivery.Of(error);
        if (delivery.Kind == DeliveryKind.Fatal) _fatal.TrySetResult(delivery);
        if (error.Code is ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic) _partitions.Forget(topic);
        return delivery;
    }

    private IProducer<byte[], byte[]> Build(ProducerConfig config, CalmErrors errors, ILogger logger) =>
        new ProducerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) =>
            {
                if (error.IsFatal) _fatal.TrySetResult(Delivery.Of(error));
                else errors.Report(error);
            })
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            .Build();
}
