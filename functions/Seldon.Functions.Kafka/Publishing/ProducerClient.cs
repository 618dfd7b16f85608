using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>A Kafka producer of the <see cref="Outbox"/>, whose loop is the only one to use it; and a client on its connections that asks questions.</summary>
internal class ProducerClient : IAsyncDisposable
{
    /// <summary>No time for an answer: the client's main thread takes the question and gives it back. No broker is asked.</summary>
    private static readonly DescribeConfigsOptions NoTime = new() { RequestTimeout = TimeSpan.Zero };

    private static readonly ConfigResource[] Anything = [new() { Type = ResourceType.Topic, Name = "any" }];

    private readonly IAdminClient _admin;
    private readonly ClockStepGuard _guard;
    private Task _question = Task.CompletedTask;

    /// <param name="onFatal">Receives an error after which the client is of no use, on the client's thread.</param>
    /// <exception cref="Exception">The client refuses its properties, for instance a certificate that is gone.</exception>
    public ProducerClient(ProducerConfig config, RateLimitedErrors errors, Action<ProducerClient, Error> onFatal, TimeProvider time, ILogger logger)
    {
        Producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) =>
            {
                if (error.IsFatal) onFatal(this, error);
                // A callback has thrown, most likely for want of memory: whose report it was, nobody knows.
                else if (error.Code == ErrorCode.Local_Application) onFatal(this, new Error(error.Code, $"the report of a record is lost: {FirstLine(error.Reason)}"));
                else errors.Report(error);
            })
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            .Build();
        _admin = new DependentAdminClientBuilder(Producer.Handle).Build();
        _guard = new ClockStepGuard(() => _admin.DescribeConfigsAsync(Anything, NoTime), time, logger);
    }

    public IProducer<byte[], byte[]> Producer { get; }

    /// <summary>Whether it sends nothing more: the broker has refused a record, and what comes later must not overtake it.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Hands a record over; false if the client's queue is full. The end of the attempt is posted to the outbox.</summary>
    /// <param name="isAlone">Whether the record is alone in its batch.</param>
    public bool TrySend(TopicPartition to, InFlightRecord record, bool isAlone, Outbox outbox)
    {
        var (attempt, publication) = (new Attempt(record, this, isAlone, outbox), record.Publication);
        try
        {
            Producer.Produce(to, new Message<byte[], byte[]> { Key = publication.Key!, Value = publication.Value!, Headers = publication.ToHeaders() }, attempt.OnReport);
        }
        catch (KafkaException full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
        catch (KafkaException refused)
        {
            attempt.End(Delivery.Of(refused.Error));
        }
        record.Attempt = attempt;
        record.Lane.OnSent();
        return true;
    }

    /// <summary>Asks the brokers for the number of a topic's partitions, beside the loop; 0 and why, if they do not say.</summary>
    public void Ask(string topic, TimeSpan patience, Action<int, Error> answer) => _question = Task.WhenAll(_question, Task.Run(() =>
    {
        try
        {
            var found = _admin.GetMetadata(topic, patience).Topics.Find(t => t.Topic == topic);
            answer(found is { Error.IsError: false } ? found.Partitions.Count : 0, found?.Error ?? new Error(ErrorCode.UnknownTopicOrPart));
        }
        catch (KafkaException failure)
        {
            answer(0, failure.Error);
        }
    }));

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();

    /// <summary>Whether it is never freed, since a call has not returned.</summary>
    public bool IsStuck { get; protected set; }

    /// <summary>Frees the client when nothing is asked of it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _question.ConfigureAwait(false);
        // The client's calls block their thread.
        await Task.Run(() =>
        {
            _guard.Dispose();
            if (!IsStuck) ClientDisposal.Dispose(_admin, Producer);
        }).ConfigureAwait(false);
    }
}
