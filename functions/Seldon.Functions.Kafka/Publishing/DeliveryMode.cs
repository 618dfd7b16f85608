using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>How the <see cref="Outbox"/> gets records to their topics. All members are called by its loop only.</summary>
internal abstract class DeliveryMode
{
    protected DeliveryMode(Outbox outbox, KafkaOptions options, TimeProvider time, ILogger logger)
    {
        (Outbox, Options, Time, Logger) = (outbox, options, time, logger);
        Errors = new RateLimitedErrors(options.Broker, Log.ProducerError, time, logger);
        Topics = new Topics((topic, patience, answer) => Client.Ask(topic, patience, answer), outbox.Post, time, logger);
        Refusals = new Refusals(Topics, options, logger);
    }

    protected Outbox Outbox { get; }

    protected KafkaOptions Options { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    protected RateLimitedErrors Errors { get; }

    protected Topics Topics { get; }

    protected Refusals Refusals { get; }

    /// <summary>The producer of records that are not tried alone.</summary>
    protected abstract ProducerClient Client { get; }

    /// <summary>The next record, in the order of its lane.</summary>
    public abstract void Place(InFlightRecord record);

    /// <summary>An attempt has ended.</summary>
    public abstract void OnEnd(Attempt attempt);

    /// <summary>Sends what may be sent now. Returns the timestamp at which there is more to do, if nothing comes before.</summary>
    public abstract long Pump();

    /// <summary>Makes ready to send; returns at once when that is of no use any more.</summary>
    public virtual void Start()
    {
    }

    /// <summary>Somebody waits for the end of what was sent.</summary>
    public virtual void Hurry()
    {
    }

    /// <summary>Frees the producers.</summary>
    public abstract Task CloseAsync();

    /// <summary>The broker has the record.</summary>
    protected void Acknowledge(InFlightRecord record, Topic topic)
    {
        if (record.Holds > 0) Topics.Resume(topic);
        record.Lane.Acknowledge(record);
    }
}
