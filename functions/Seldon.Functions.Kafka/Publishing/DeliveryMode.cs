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
        Topics = new Topics((topic, patience, answer) => Current().Ask(topic, patience, answer), outbox.Post, OnKnown, time, logger);
        Refusals = new Refusals(Topics, options, logger);
    }

    protected Outbox Outbox { get; }

    protected KafkaOptions Options { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    protected RateLimitedErrors Errors { get; }

    protected Topics Topics { get; }

    protected Refusals Refusals { get; }

    /// <summary>The next record, in the order of its lane.</summary>
    public abstract void Place(InFlightRecord record);

    /// <summary>The end of an attempt.</summary>
    public abstract void OnReport(Flight flight);

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

    /// <summary>A producer to ask questions of.</summary>
    protected abstract ProducerClient Current();

    /// <summary>The number of a topic's partitions is known, or is another one than before.</summary>
    protected abstract void OnKnown(Topic topic);
}
