using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// The records for one output partition, in order. This is the one place where order is enforced: when a record is not taken, the row stops, waits
/// until the ends of all that it has sent are known, and starts again at its head.
/// </summary>
internal sealed class Row(Topic topic, int partition)
{
    private readonly TopicPartition _to = new(topic.Name, partition);
    private readonly Queue<InFlightRecord> _sent = new();
    private Queue<InFlightRecord> _waiting = new();
    private ProducerClient? _client;
    private ProducerClient? _knownBy;
    private int _unreported;
    private bool _hasFailed;

    public Topic Topic => topic;

    /// <summary>Whether the pump has to look at it.</summary>
    public bool IsDue { get; set; }

    /// <summary>Whether nothing of it is with a producer.</summary>
    public bool IsAtRest => _unreported == 0;

    public void Add(InFlightRecord record)
    {
        record.Row = this;
        _waiting.Enqueue(record);
    }

    /// <summary>
    /// Sends what may be sent now. Returns the timestamp at which there is more to do, if nothing is reported before.
    /// </summary>
    /// <param name="alone">Gives the producer for records that are tried alone.</param>
    public long Pump(ProducerClient main, Func<ProducerClient?> alone, Outbox outbox, TimeProvider time)
    {
        while (!_hasFailed && topic.Changed == 0 && _waiting.TryPeek(out var record))
        {
            if (IsGone(record))
            {
                _waiting.Dequeue();
                continue;
            }
            var isHeld = topic.IsHolding(record);
            if (isHeld && record.Held.Until > time.GetTimestamp()) return record.Held.Until;
            var isAlone = isHeld || record.IsSuspect;
            // A broker takes any sequence number from a producer that it does not know in this partition, also behind a batch that it has refused, which the
            // client has ready by then. So one record goes first. (A broker forgets a producer that is idle for producer.id.expiration.ms, a day; none goes first then.)
            if (_unreported > 0 && (isAlone || _client != main || _knownBy != main)) break;
            if ((isAlone ? alone() : main) is not { } client) break;
            if (!client.TrySend(_to, record, isAlone, outbox)) return time.After(TimeSpan.FromMilliseconds(50));
            _client = client;
            _unreported++;
            _sent.Enqueue(_waiting.Dequeue());
        }
        return long.MaxValue;
    }

    /// <summary>The end of a record that it had sent is known.</summary>
    public void OnEnd(Attempt attempt)
    {
        _unreported--;
        if (attempt.Delivery.Kind == DeliveryKind.Acknowledged) _knownBy = attempt.Client;
        else _hasFailed = true;
        while (_sent.TryPeek(out var head) && IsGone(head)) _sent.Dequeue();
        if (_hasFailed && _unreported == 0) StartAgain();
    }

    /// <summary>Waits no longer for what a producer that has stopped may keep forever: that is sent again, and may come twice.</summary>
    public void Abandon(ProducerClient stopped)
    {
        if (_unreported == 0 || _client != stopped) return;
        foreach (var record in _sent)
        {
            if (record.Row == this) record.Attempt?.Abandon();
        }
        _unreported = 0;
        StartAgain();
    }

    /// <summary>Takes out all that is not acknowledged; nothing of it is with a producer.</summary>
    public IEnumerable<InFlightRecord> TakeAll()
    {
        var all = _waiting.Where(r => !IsGone(r)).ToList();
        _waiting.Clear();
        return all;
    }

    private void StartAgain()
    {
        _hasFailed = false;
        _waiting = new Queue<InFlightRecord>(_sent.Where(r => !IsGone(r)).Concat(_waiting));
        _sent.Clear();
    }

    /// <summary>Acknowledged, dropped, or in another row by now, as a dead letter.</summary>
    private bool IsGone(InFlightRecord record) => record.IsDone || record.IsDropped || record.Row != this;
}
