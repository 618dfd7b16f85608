using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Decides what becomes of a record that the broker did not take: tried alone, as it is later, or as a dead letter that the error topic takes.
/// </summary>
internal sealed class Refusals(Topics topics, KafkaOptions options, ILogger logger)
{
    /// <summary>The record is sent again after this, perhaps after a wait.</summary>
    /// <param name="isAlone">Whether the answer is about this record alone.</param>
    public void Settle(InFlightRecord record, Topic topic, Delivery delivery, bool isAlone)
    {
        switch (delivery.Kind)
        {
            case DeliveryKind.NotSent:
                break;

            case DeliveryKind.TooLarge or DeliveryKind.BatchMemberRefused when !isAlone:
                record.IsSuspect = true;
                break;

            case DeliveryKind.TooLarge or DeliveryKind.Refused when record.Outcome.Rejection is null:
                ToDeadLetter(record, delivery);
                record.IsSuspect = true;
                break;

            case DeliveryKind.TooLarge when Cut(record.Record, record.Publication) is { } smaller:
                record.Publication = smaller;
                break;

            default:
                topics.Hold(record, topic, delivery);
                record.Lane.OnHeld();
                break;
        }
    }

    private void ToDeadLetter(InFlightRecord sent, Delivery delivery)
    {
        var reason = delivery.Kind == DeliveryKind.TooLarge ? RejectionReason.ResultTooLarge : RejectionReason.ResultRefused;
        var (record, route, activity) = (sent.Record, sent.Outcome.Route, sent.Outcome.Activity);
        var to = options.OutputOf(route, record.Topic);
        Log.ResultRefused(logger, record.Topic, record.Partition, record.Offset, to.Results, delivery.Code, reason.ToWire());
        var message = $"The topic {to.Results} refuses the result of {sent.Publication.Value!.Length} bytes ({delivery.Code}).";
        var rejection = new Rejection(reason, message, route);
        sent.Settle(Outcome.Rejected(rejection) with { Activity = activity }, TraceContext.Continue(DeadLetter.From(record, rejection, to.Errors), activity));
    }

    /// <summary>The dead letter without its value; then without key and headers, too; null when nothing is left to leave out.</summary>
    private ProducerRecord? Cut(Record record, ProducerRecord deadLetter)
    {
        if (deadLetter.Value is not null)
        {
            Log.DeadLetterCut(logger, record.Topic, record.Partition, record.Offset, "without its value");
            return DeadLetter.WithoutValue(deadLetter);
        }
        var least = DeadLetter.OnlyReason(deadLetter);
        if (ReferenceEquals(least, deadLetter)) return null;
        Log.DeadLetterCut(logger, record.Topic, record.Partition, record.Offset, "with nothing but the reason");
        return least;
    }
}
