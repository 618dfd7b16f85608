using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>A record that a sender was given, until it is known what became of it.</summary>
/// <param name="record">The record.</param>
/// <param name="to">The partition that it is for.</param>
/// <param name="failed">Is called when it was not taken, before <see cref="Delivery"/> ends.</param>
internal sealed class Sending(ProducerRecord record, TopicPartition to, Action? failed)
{
    private readonly TaskCompletionSource<Delivery> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;

    public ProducerRecord Record => record;

    public TopicPartition To => to;

    /// <summary>What became of it; never fails.</summary>
    public Task<Delivery> Delivery => _done.Task;

    /// <summary>It is known what became of it; the first time counts.</summary>
    public void End(Delivery delivery)
    {
        if (Interlocked.Exchange(ref _hasEnded, true)) return;
        if (delivery.Kind != DeliveryKind.Acknowledged) failed?.Invoke();
        _done.SetResult(delivery);
    }
}
