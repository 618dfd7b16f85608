using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Sees to it that a record which the broker did not take is taken in the end: as it is, when the topic takes records again;
/// or as a dead letter, when the broker refuses the result itself.
/// </summary>
internal sealed class DeliverySettler(KafkaPublisher publisher, KafkaOptions options, TimeProvider time, ILogger logger)
{
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);

    // Those that failed together with a record that is taken by now need neither a wait nor a line of their own.
    private bool _resumed;

    /// <summary>The record as it is acknowledged in the end; null when cancelled or when the producer cannot go on.</summary>
    public async Task<Sent?> SettleAsync(Sent sent, Delivery delivery, CancellationToken cancellationToken)
    {
        var (isAlone, held) = (false, 0);
        long since = 0, lastLine = 0;
        try
        {
            while (true)
            {
                switch (delivery.Kind)
                {
                    case DeliveryKind.Acknowledged:
                        _resumed |= held > 0;
                        if (held > 0) Log.PublishResumed(logger, sent.Publication.Topic, time.GetElapsedTime(since).TotalSeconds);
                        return sent;

                    case DeliveryKind.Fatal:
                        return null;

                    case DeliveryKind.TooLarge when !isAlone:
                    case DeliveryKind.Neighbour when !isAlone:
                    case DeliveryKind.Held when !isAlone && _resumed:
                        break; // Refused for its neighbours in the batch, perhaps, or together with one that was taken since.

                    case DeliveryKind.TooLarge or DeliveryKind.Refused when sent.Outcome.Rejection is null:
                        sent = ToDeadLetter(sent, delivery);
                        isAlone = false;
                        break;

                    case DeliveryKind.TooLarge when Cut(sent.Record, sent.Publication) is { } smaller:
                        sent = sent with { Publication = smaller };
                        break;

                    default:
                        _resumed = false;
                        if (held++ == 0) since = time.GetTimestamp();
                        if (lastLine == 0 || time.GetElapsedTime(lastLine) >= Reminder)
                        {
                            lastLine = time.GetTimestamp();
                            Log.PublishHeld(logger, sent.Publication.Topic, delivery.Reason, delivery.Code);
                        }
                        await Task.Delay(Waits.Delay(held - 1), time, cancellationToken).ConfigureAwait(false);
                        break;
                }
                cancellationToken.ThrowIfCancellationRequested();
                delivery = await publisher.SendAloneAsync(sent.Publication, cancellationToken).ConfigureAwait(false);
                isAlone = true;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private Sent ToDeadLetter(Sent sent, Delivery delivery)
    {
        var reason = delivery.Kind == DeliveryKind.TooLarge ? RejectionReason.ResultTooLarge : RejectionReason.ResultRefused;
        var (record, route) = (sent.Record, sent.Outcome.Route);
        var topics = options.OutputOf(route, record.Topic);
        Log.ResultRefused(logger, record.Topic, record.Partition, record.Offset, topics.Results, delivery.Code, reason.ToWire());
        var message = $"The topic {topics.Results} refuses the result of {sent.Publication.Value!.Length} bytes ({delivery.Code}).";
        var rejection = new Rejection(reason, message, route);
        var (deadLetter, activity) = (DeadLetter.From(record, rejection, topics.Errors), sent.Outcome.Activity);
        return sent with { Publication = TraceContext.Continue(deadLetter, activity), Outcome = Outcome.Rejected(rejection) with { Activity = activity } };
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
