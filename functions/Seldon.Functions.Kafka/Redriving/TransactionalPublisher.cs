using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Redriving;

/// <summary>Publishes several records together: readers see all of them or none. Not thread-safe.</summary>
internal sealed class TransactionalPublisher : IDisposable
{
    /// <summary>
    /// A transaction whose process was killed holds back the readers of its topics until it times out, or until the next publisher with
    /// the same id starts, whichever is sooner.
    /// </summary>
    private const int TransactionTimeoutMs = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IProducer<byte[], byte[]> _producer;

    /// <param name="id">Of all publishers with the same id only the one that was made last can publish.</param>
    /// <param name="onError">Is told what the client reports beside the records.</param>
    public TransactionalPublisher(KafkaOptions options, string id, Action<Error> onError)
    {
        var config = ClientConfigs.Producer(options);
        config.TransactionalId = id;
        config.TransactionTimeoutMs = config.MessageTimeoutMs = TransactionTimeoutMs;
        _producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => onError(error)).Build();
    }

    /// <summary>Shuts out every other publisher with the same id, and takes back what it had begun and not finished.</summary>
    public void Begin() => _producer.InitTransactions(Patience);

    /// <summary>Publishes all of the records, or none and tells which topic refused one and why.</summary>
    /// <param name="records">Each with its partition.</param>
    /// <exception cref="KafkaException">The publisher cannot go on; whether the records were published is not known.</exception>
    public (string Topic, Error Error)? Publish(IReadOnlyList<(ProducerRecord Record, Partition Partition)> records)
    {
        (string Topic, Error Error)? refusal = null, failure = null;
        _producer.BeginTransaction();
        try
        {
            foreach (var (record, partition) in records)
            {
                var message = new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = record.ToHeaders() };
                _producer.Produce(new TopicPartition(record.Topic, partition), message, report => refusal ??= RefusalIn(report, record.Topic));
            }
            if (_producer.Flush(Patience) > 0) failure = ("", new Error(ErrorCode.Local_TimedOut, "the records are not acknowledged in time"));
            if ((refusal ?? failure) is null)
            {
                _producer.CommitTransaction(Patience);
                return null;
            }
        }
        catch (ProduceException<byte[], byte[]> refused) when (!refused.Error.IsFatal)
        {
            failure = (refused.DeliveryResult.Topic, refused.Error);
        }
        catch (KafkaTxnRequiresAbortException failed)
        {
            failure = ("", failed.Error);
        }
        _producer.AbortTransaction(Patience);
        // What went wrong first is what the other failures follow from.
        return refusal ?? failure;
    }

    public void Dispose() => _producer.Dispose();

    private static (string Topic, Error Error)? RefusalIn(DeliveryReport<byte[], byte[]> report, string topic) => report switch
    {
        // Only taken back, for the sake of another.
        { Error.Code: ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight } => null,
        { Error.IsError: true } => (topic, report.Error),
        // The client takes "duplicate sequence" for success.
        { Offset.IsSpecial: true } => (topic, new Error(ErrorCode.Local_Inconsistent, "acknowledged without an offset")),
        _ => null,
    };
}
