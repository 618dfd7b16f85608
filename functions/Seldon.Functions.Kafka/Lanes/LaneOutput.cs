using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// What comes out of a partition's lane: the outcomes of its records are published in the order in which these were read, and
/// acknowledged in the same order.
/// </summary>
internal sealed class LaneOutput
{
    private readonly ChannelReader<Read> _read;
    private readonly LaneProgress _progress;
    private readonly KafkaPublisher _publisher;
    private readonly KafkaOptions _options;
    private readonly Window _window;
    private readonly TimeProvider _time;
    private readonly DeliverySettler _settler;
    private readonly Handover _handover;
    private readonly CancellationToken _cancelled;
    private readonly Task _publishing;
    private readonly Task _acknowledging;

    /// <param name="read">The lane's records, in order.</param>
    /// <param name="progress">Is told what is acknowledged.</param>
    /// <param name="inOrder">Gives what hands records over.</param>
    /// <param name="cancelled">When it is, what was handed over is still awaited, up to a record that was not taken; the rest is dropped.</param>
    public LaneOutput(
        ChannelReader<Read> read, LaneProgress progress, KafkaPublisher publisher, KafkaOptions options, Window window, TimeProvider time, ILogger logger,
        Func<Send> inOrder, CancellationToken cancelled)
    {
        (_read, _progress, _publisher, _options, _window, _time, _cancelled) = (read, progress, publisher, options, window, time, cancelled);
        _handover = new Handover(inOrder, cancelled);
        _settler = new DeliverySettler(publisher, options, time, logger);
        (_publishing, _acknowledging) = (Task.Run(PublishInOrderAsync, CancellationToken.None), Task.Run(AcknowledgeInOrderAsync, CancellationToken.None));
        Completion = CompleteAsync();
        HandedOver = Task.WhenAny(_publishing, Completion);
    }

    /// <summary>
    /// Ends when nothing is under way any more: after the lane's completion or cancellation. Fails at once when a defect of ours ends
    /// one half of it; the other half may go on for ever.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Ends when nothing more will be handed to the producer, and never fails.</summary>
    public Task HandedOver { get; }

    /// <summary>Throws what ended the lane, if a defect of ours did.</summary>
    public void ThrowIfFaulted()
    {
        if (_publishing.IsFaulted) _publishing.GetAwaiter().GetResult();
        if (_acknowledging.IsFaulted) _acknowledging.GetAwaiter().GetResult();
    }

    /// <summary>Lets a hand-over that is held see that it is cancelled.</summary>
    public void Release() => _handover.Release();

    private async Task CompleteAsync()
    {
        await (await Task.WhenAny(_publishing, _acknowledging).ConfigureAwait(false)).ConfigureAwait(false);
        await Task.WhenAll(_publishing, _acknowledging).ConfigureAwait(false);
    }

    private async Task PublishInOrderAsync()
    {
        try
        {
            await foreach (var read in _read.ReadAllAsync(_cancelled).ConfigureAwait(false))
            {
                var outcome = await read.Inference.ConfigureAwait(false);
                if (outcome.Kind == OutcomeKind.Unprocessed) break;
                var topics = _options.OutputOf(outcome.Route, read.Record.Topic);
                var publication = outcome.Answer is { } answer
                    ? Result.From(read.Record, answer, topics.Results)
                    : DeadLetter.From(read.Record, outcome.Rejection!, topics.Errors);
                publication = TraceContext.Continue(publication, outcome.Activity);
                await _publisher.PrepareAsync(publication, _cancelled).ConfigureAwait(false);
                while (!_handover.TrySend(read, publication, outcome)) await _handover.WaitWhileHeldAsync().ConfigureAwait(false);
                _cancelled.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            // Revoked or stopped: what was not handed over stays uncommitted.
        }
        finally
        {
            _handover.Complete();
        }
    }

    private async Task AcknowledgeInOrderAsync()
    {
        await foreach (var sent in _handover.Sent.ReadAllAsync().ConfigureAwait(false))
        {
            var delivery = await sent.Delivery.ConfigureAwait(false);
            if (delivery.Kind == DeliveryKind.Acknowledged) Acknowledge(sent);
            else if (!await TrySettleAsync(sent).ConfigureAwait(false)) return;
        }
    }

    /// <summary>Settles all that was handed over, from the first that was not taken; the hand-over is held. False if it cannot go on.</summary>
    private async Task<bool> TrySettleAsync(Sent first)
    {
        var unsettled = new List<Sent> { first };
        while (_handover.Sent.TryRead(out var next)) unsettled.Add(next);
        for (var i = 0; i < unsettled.Count;)
        {
            var delivery = await unsettled[i].Delivery.ConfigureAwait(false);
            if (delivery.Kind == DeliveryKind.Unsent)
            {
                if (!await TrySendAgainAsync(unsettled, i).ConfigureAwait(false)) return false;
                continue;
            }
            if (await _settler.SettleAsync(unsettled[i], delivery, _cancelled).ConfigureAwait(false) is not { } settled) return false;
            Acknowledge(settled);
            i++;
        }
        return true;
    }

    /// <summary>Hands over again, in order, what was given back, until a record was, or is, refused itself. False if cancelled.</summary>
    private async Task<bool> TrySendAgainAsync(List<Sent> unsettled, int first)
    {
        _handover.Renew();
        for (var i = first; i < unsettled.Count; i++)
        {
            var kind = (await unsettled[i].Delivery.ConfigureAwait(false)).Kind;
            if (kind == DeliveryKind.Acknowledged) continue;
            if (kind != DeliveryKind.Unsent) break;
            if (_handover.TrySendAgain(unsettled[i]) is not { } again) return !_cancelled.IsCancellationRequested;
            unsettled[i] = again;
        }
        return true;
    }

    private void Acknowledge(Sent sent)
    {
        RecordMeter.Acknowledged(sent, _options.Group, _time.GetElapsedTime(sent.Read.At));
        _progress.OnAcknowledged(sent.Record);
        _window.SignalRelease();
        _handover.OnSettled();
    }
}
