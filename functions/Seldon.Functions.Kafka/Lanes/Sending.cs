using Confluent.Kafka;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// A record that a sender was given, until it is known what became of it. After that it holds nothing: a client never lets go of what it
/// calls for a record that it does not report.
/// </summary>
/// <param name="message">The record.</param>
/// <param name="to">The partition that it is for.</param>
/// <param name="failed">Is called when it was not taken, before <see cref="Delivery"/> ends.</param>
/// <param name="onReport">Is told what the client reports.</param>
internal sealed class Sending(
    Message<byte[], byte[]> message, TopicPartition to, Action? failed, Action<Sending, DeliveryReport<byte[], byte[]>> onReport)
{
    private readonly TaskCompletionSource<Delivery> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _failed = failed;
    private Action<Sending, DeliveryReport<byte[], byte[]>>? _onReport = onReport;
    private bool _hasEnded;

    public TopicPartition To => to;

    /// <summary>The record, until it has ended.</summary>
    public Message<byte[], byte[]>? Message { get; private set; } = message;

    /// <summary>What became of it; never fails.</summary>
    public Task<Delivery> Delivery => _done.Task;

    /// <summary>What the client calls when it knows what became of it.</summary>
    public void OnReport(DeliveryReport<byte[], byte[]> report) => _onReport?.Invoke(this, report);

    /// <summary>It is known what became of it; the first time counts.</summary>
    public void End(Delivery delivery)
    {
        if (Interlocked.Exchange(ref _hasEnded, true)) return;
        if (delivery.Kind != DeliveryKind.Acknowledged) _failed?.Invoke();
        _done.SetResult(delivery);
        (Message, _failed, _onReport) = (null, null, null);
    }
}
