using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// A producer with transactions. Each call is made on a thread of its own: while the group's coordinator cannot be reached, a call may not return, whatever its
/// timeout (librdkafka issue 5456). Such a client is left to itself, as it cannot be freed; its successor shuts it out. What goes wrong is returned.
/// </summary>
internal sealed class TransactionalClient(KafkaOptions options, RateLimitedErrors errors, Action<ProducerClient, Error> onFatal, TimeProvider time, ILogger logger)
    : ProducerClient(ClientConfigs.Transactional(options), errors, onFatal, time, logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Longer than a transaction may take.</summary>
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(8);

    private readonly TimeProvider _time = time;

    /// <summary>Shuts out every other client with the same id, and aborts what it has left open.</summary>
    public KafkaException? Init() => Call(() => Producer.InitTransactions(Patience));

    /// <summary>Begins a transaction; no broker is asked.</summary>
    public void Begin() => Producer.BeginTransaction();

    /// <summary>Puts offsets into the transaction.</summary>
    public KafkaException? SendOffsets(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata membership) =>
        Call(() => Producer.SendOffsetsToTransaction(offsets, membership, Patience));

    /// <summary>Commits. If this fails for good, nobody knows whether it was committed.</summary>
    public KafkaException? Commit() => Call(CommitUntilSure);

    /// <summary>Aborts. Before the coordinator has heard of the transaction this fails for good (librdkafka issue 4849).</summary>
    public KafkaException? Abort() => IsStuck ? new KafkaException(ErrorCode.Local_State) : Call(Producer.AbortTransaction);

    private void CommitUntilSure()
    {
        for (var since = _time.GetTimestamp(); ;)
        {
            try
            {
                Producer.CommitTransaction();
                return;
            }
            catch (KafkaRetriableException) when (_time.GetElapsedTime(since) < CallPatience)
            {
                // The coordinator is moving, or not there for the moment. Nobody else may end a transaction whose commit has begun.
            }
        }
    }

    private KafkaException? Call(Action call)
    {
        var calling = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([calling], CallPatience) < 0)
        {
            IsStuck = true;
            return new KafkaException(new Error(ErrorCode.Local_TimedOut, "the client does not return from a call"));
        }
        try
        {
            calling.GetAwaiter().GetResult();
            return null;
        }
        catch (KafkaException failure)
        {
            return failure;
        }
    }
}
