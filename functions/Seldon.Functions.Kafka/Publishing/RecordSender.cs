using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>Gives a record to a producer. The task ends with what became of it, and never fails.</summary>
/// <param name="record">The record.</param>
/// <param name="failed">Is called as soon as it is known that the record was not taken, before the task ends.</param>
internal delegate Task<Delivery> Send(ProducerRecord record, Action? failed = null);

/// <summary>
/// One idempotent producer. Records that it is given one after the other for one partition stand there in that order. A gapless one
/// stops for good when the broker refuses a record, and gives back, as <see cref="DeliveryKind.Unsent"/>, what it had not sent.
/// </summary>
internal sealed class RecordSender : IDisposable
{
    private readonly WakefulProducer _client;
    private readonly PartitionCounts _partitions;
    private readonly Action<Delivery> _onFatal;
    private readonly Action _onStopped;
    private readonly ConcurrentDictionary<Sending, byte> _underWay = new();
    private readonly FirstInPartition? _first;
    private readonly Action<Sending, DeliveryReport<byte[], byte[]>> _onReport;
    private volatile bool _isStopped;
    private int _calls;

    /// <param name="config">The producer's properties.</param>
    /// <param name="partitions">How many partitions topics have.</param>
    /// <param name="errors">Is told what the client reports beside the records.</param>
    /// <param name="onFatal">Is told when the producer has failed for good, for another reason than that it is gapless.</param>
    /// <param name="onStopped">Is told, perhaps more than once and by the client's thread, when it has stopped.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public RecordSender(
        ProducerConfig config, PartitionCounts partitions, RateLimitedErrors errors, Action<Delivery> onFatal, Action onStopped, TimeProvider time, ILogger logger)
    {
        (_partitions, _onFatal, _onStopped) = (partitions, onFatal, onStopped);
        var producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) =>
            {
                if (error.IsFatal) Note(Delivery.Of(error));
                else errors.Report(error);
            })
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            .Build();
        _client = new WakefulProducer(producer, time, logger);
        if (config.EnableGaplessGuarantee == true) _first = new FirstInPartition(HandOver, GiveBack);
        // Made once, not for each record.
        _onReport = OnReport;
        Send = SendOrGiveBack;
    }

    /// <summary>Hands a record over.</summary>
    public Send Send { get; }

    /// <summary>Whether it gives back all that it is given from now on.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Sends what was handed over without waiting for more of it.</summary>
    public void Flush(TimeSpan patience)
    {
        if (!TryEnter()) return;
        try
        {
            _client.Producer.Flush(patience);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>What the brokers say about a topic. The call blocks its thread.</summary>
    /// <exception cref="KafkaException">They do not answer in time, or the sender has stopped.</exception>
    public Metadata Ask(string topic, TimeSpan patience)
    {
        if (!TryEnter()) throw new KafkaException(ErrorCode.Local_State);
        try
        {
            return _client.Admin.GetMetadata(topic, patience);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Ends it when it has stopped; what the brokers have not answered in this time is given back.</summary>
    public void End(TimeSpan patience)
    {
        try
        {
            _client.Producer.Flush(patience);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>
    /// Frees the client and gives back what is under way. Nobody else would: a client that has failed or stopped keeps for ever what it puts
    /// back after it gave back the rest.
    /// </summary>
    public void Dispose()
    {
        _isStopped = true;
        Interlocked.MemoryBarrier();
        SpinWait.SpinUntil(() => Volatile.Read(ref _calls) == 0);
        _client.Dispose();
        foreach (var (sending, _) in _underWay) GiveBack(sending);
    }

    private Task<Delivery> SendOrGiveBack(ProducerRecord record, Action? failed)
    {
        if (_partitions.Of(record.Topic) is not (> 0 and var count))
        {
            var reason = _partitions.WhyUnknown(record.Topic);
            failed?.Invoke();
            return Task.FromResult(new Delivery(DeliveryKind.Held, reason.Reason, reason.Code.ToString()));
        }
        // A record without a key stays with the others of its input partition.
        var partition = record.Key is { } key ? Murmur2.PartitionOf(key, count) : record.SourcePartition % count;
        var message = new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = record.ToHeaders() };
        var sending = new Sending(message, new TopicPartition(record.Topic, partition), failed, _onReport);
        _underWay[sending] = 0;
        if (_first is null) HandOver(sending);
        else _first.Send(sending);
        return sending.Delivery;
    }

    /// <summary>The client may be used until <see cref="Exit"/>, and is not freed meanwhile; false if it is not to be used any more.</summary>
    private bool TryEnter()
    {
        Interlocked.Increment(ref _calls);
        if (!_isStopped) return true;
        Exit();
        return false;
    }

    private void Exit() => Interlocked.Decrement(ref _calls);

    private bool HandOver(Sending sending)
    {
        if (!TryEnter())
        {
            GiveBack(sending);
            return false;
        }
        try
        {
            if (sending.Message is not { } message) return false;
            _client.Producer.Produce(sending.To, message, sending.OnReport);
            return true;
        }
        catch (KafkaException refused)
        {
            End(sending, Judge(refused.Error, default, sending.To.Topic));
            return false;
        }
        finally
        {
            Exit();
        }
    }

    private void OnReport(Sending sending, DeliveryReport<byte[], byte[]> report) => End(sending, Judge(report.Error, report.Offset, sending.To.Topic));

    private void GiveBack(Sending sending) => End(sending, new Delivery(DeliveryKind.Unsent));

    private void End(Sending sending, Delivery delivery)
    {
        _underWay.TryRemove(sending, out _);
        sending.End(delivery);
        _first?.OnDelivered(sending, delivery.Kind == DeliveryKind.Acknowledged);
    }

    private Delivery Judge(Error error, Offset offset, string topic)
    {
        // The client takes "duplicate sequence" for success. On a topic that was just made the record may never have been there.
        if (!error.IsError && offset == Offset.Unset) return new Delivery(DeliveryKind.Neighbour, "acknowledged without an offset");
        var delivery = Delivery.Of(error);
        Note(delivery);
        if (error.Code is ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic) _partitions.Doubt(topic);
        return delivery;
    }

    private void Note(Delivery delivery)
    {
        if (delivery.Kind == DeliveryKind.Unsent && !_isStopped)
        {
            _isStopped = true;
            _onStopped();
        }
        if (delivery.Kind == DeliveryKind.Fatal) _onFatal(delivery);
    }
}
