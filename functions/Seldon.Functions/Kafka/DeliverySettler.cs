using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

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

    /// <summary>True when the record is acknowledged; false when cancelled or when the producer cannot go on.</summary>
    public async Task<bool> SettleAsync(Sent sent, Delivery delivery, CancellationToken cancellationToken)
    {
        var publication = sent.Publication;
        var (isDeadLetter, isAlone, held) = (sent.Outcome.Rejection is not null, false, 0);
        long since = 0, lastLine = 0;
        try
        {
            while (true)
            {
                switch (delivery.Kind)
                {
                    case DeliveryKind.Acknowledged:
                        _resumed |= held > 0;
                        if (held > 0) Log.PublishResumed(logger, publication.Topic, time.GetElapsedTime(since).TotalSeconds);
                        return true;

                    case DeliveryKind.Fatal:
                        return false;

                    case DeliveryKind.TooLarge when !isAlone:
                    case DeliveryKind.Neighbour when !isAlone:
                    case DeliveryKind.Held when !isAlone && _resumed:
                        break; // Refused for its neighbours in the batch, perhaps, or together with one that was taken since.

                    case DeliveryKind.TooLarge or DeliveryKind.Refused when !isDeadLetter:
                        publication = ToDeadLetter(sent, delivery);
                        (isDeadLetter, isAlone) = (true, false);
                        break;

                    case DeliveryKind.TooLarge when Cut(sent.Record, publication) is { } smaller:
                        publication = smaller;
                        break;

                    default:
                        _resumed = false;
                        if (held++ == 0) since = time.GetTimestamp();
                        if (lastLine == 0 || time.GetElapsedTime(lastLine) >= Reminder)
                        {
                            lastLine = time.GetTimestamp();
                            Log.PublishHeld(logger, publication.Topic, delivery.Reason, delivery.Code);
                        }
                        await Task.Delay(Waits.Delay(held - 1), time, cancellationToken).ConfigureAwait(false);
                        break;
                }
                cancellationToken.ThrowIfCancellationRequested();
                delivery = await publisher.SendAloneAsync(publication, cancellationToken).ConfigureAwait(false);
                isAlone = true;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private ProducerRecord ToDeadLetter(Sent sent, Delivery delivery)
    {
        var reason = delivery.Kind == DeliveryKind.TooLarge ? RejectionReason.ResultTooLarge : RejectionReason.ResultRefused;
        var (record, route) = (sent.Record, sent.Outcome.Route);
        var topics = options.OutputOf(route);
        Log.ResultRefused(logger, record.Topic, record.Partition, record.Offset, topics.Results, delivery.Code, reason.ToWire());
        var message = $"The topic {topics.Results} refuses the result of {sent.Publication.Value!.Length} bytes ({delivery.Code}).";
        return DeadLetter.From(record, new Rejection(reason, message, route), topics.Errors);
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
        if (deadLetter.Key is null && least.Headers.Count == deadLetter.Headers.Count) return null;
        Log.DeadLetterCut(logger, record.Topic, record.Partition, record.Offset, "with nothing but the reason");
        return least;
    }
}
