using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// One attempt to send a record. When it is over it holds nothing: a client never lets go of the callback of a record that it does not report.
/// </summary>
/// <param name="isAlone">Whether the record is alone in its batch, so that the broker's answer is about nothing else.</param>
internal sealed class Attempt(InFlightRecord record, ProducerClient client, bool isAlone, Outbox outbox)
{
    /// <summary>The record; null when its end is of no interest any more.</summary>
    public InFlightRecord? Record { get; private set; } = record;

    public ProducerClient Client => client;

    public bool IsAlone => isAlone;

    /// <summary>How it ended.</summary>
    public Delivery Delivery { get; private set; }

    /// <summary>The client's callback, on a thread of its own.</summary>
    public void OnReport(DeliveryReport<byte[], byte[]> report) => End(Delivery.Of(report.Error, report.Offset));

    public void End(Delivery delivery)
    {
        Delivery = delivery;
        outbox.Post(this);
    }

    /// <summary>Nobody waits for its end any more: the record is not with a producer.</summary>
    public void Abandon()
    {
        if (Record is not { } sent) return;
        (sent.Attempt, Record) = (null, null);
        sent.Lane.OnReported();
    }
}
