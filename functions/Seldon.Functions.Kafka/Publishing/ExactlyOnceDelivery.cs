using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Exactly once: results, dead letters and the offsets of what they answer are in one transaction, which readers of committed records see whole or
/// not at all. What a transaction could not take is sent again in the next one; no model is asked again.
/// </summary>
/// <remarks>
/// <code>
/// ready ─1─► begin, send ─2─► full, or the interval is over ─3─► all reported ─4─► offsets, commit ─► acknowledged
///   ▲                                                             └─5─► one was refused ─► abort ─► it is settled ─┐
///   └──────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
/// </code>
/// A suspect is tried in a transaction of its own. A record that waits stops its lane, whose position cannot move past it.
/// </remarks>
internal sealed class ExactlyOnceDelivery : DeliveryMode
{
    private const int MostRecords = 1000;
    private const int FewAborts = 5;

    /// <summary>A wait after an abort for which no record is at fault: the group is just rebalancing, for instance.</summary>
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

    /// <summary>How often the client is asked whether the transaction has failed, while records are not reported.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);

    private readonly TransactionOptions _options;
    private readonly HashSet<PartitionLane> _stopped = [];
    private List<InFlightRecord> _ready = [];
    private List<InFlightRecord> _kept = [];
    private TransactionalClient _client;
    private Task _retired = Task.CompletedTask;
    private Transaction? _open;
    private bool _isHurried;
    private long _notBefore;
    private int _aborts;

    public ExactlyOnceDelivery(Outbox outbox, KafkaOptions options, TimeProvider time, ILogger logger) : base(outbox, options, time, logger)
    {
        _options = options.Transactions!;
        _client = Make();
    }

    protected override ProducerClient Client => _client;

    public override void Start() => Init();

    public override void Place(InFlightRecord record) => _ready.Add(record);

    public override void OnEnd(Attempt attempt)
    {
        if (attempt.Record is not { } record) return;
        _open!.Unreported--;
        if (attempt.Delivery.Kind != DeliveryKind.Acknowledged) _open.Refused.Add((record, attempt.Delivery));
    }

    public override long Pump()
    {
        var next = Topics.AskAgain();
        while (!Outbox.Fatal.IsCompleted)
        {
            // 5. One was refused, or is not ours any more.
            if (_open is { } failed && (failed.Refused.Count > 0 || (_isHurried && failed.Records.Exists(r => r.IsDropped)))) Abort();
            if (Outbox.Fatal.IsCompleted) break;
            // 1., 2.
            if (_notBefore > Time.GetTimestamp()) return Math.Min(next, _notBefore);
            if (_open is not { IsFull: true }) next = Math.Min(next, Send());
            if (_open is not { } open)
            {
                _isHurried = false;
                return next;
            }
            if (_isHurried || open.Due <= Time.GetTimestamp()) open.IsFull = true;
            if (!open.IsFull) return Math.Min(next, open.Due);
            // 3. Offsets go first: while it waits for reports, the client says only then that the transaction has failed.
            if (open.Unreported > 0 && open.LookAt > Time.GetTimestamp()) return Math.Min(next, open.LookAt);
            open.LookAt = Time.After(Look);
            if (!(open.HasOffsets && open.Unreported == 0) && !TrySendOffsets(open)) continue;
            open.HasOffsets = true;
            if (open.Unreported > 0) return Math.Min(next, open.LookAt);
            // 4.
            Commit(open);
        }
        return long.MaxValue;
    }

    public override void Hurry() => _isHurried = true;

    public override async Task CloseAsync()
    {
        // What is left open would hold back readers until it times out.
        if (_open is not null) _client.Abort();
        Retire();
        await _retired.ConfigureAwait(false);
    }

    /// <summary>Sends what may be in the transaction, in order. Returns the timestamp at which there is more.</summary>
    private long Send()
    {
        var next = long.MaxValue;
        if (_ready.Count == 0) return next;
        _stopped.Clear();
        foreach (var record in _ready)
        {
            if (record.IsDropped) continue;
            if (_open is not { IsFull: true } && !_stopped.Contains(record.Lane) && TrySend(record, ref next)) continue;
            _stopped.Add(record.Lane);
            _kept.Add(record);
        }
        _ready.Clear();
        (_ready, _kept) = (_kept, _ready);
        return next;
    }

    private bool TrySend(InFlightRecord record, ref long next)
    {
        var topic = Topics.For(record.Publication.Topic);
        // A transaction that fails for another number of partitions is sent again.
        if (topic.Changed > 0) (topic.Partitions, topic.Changed) = (topic.Changed, 0);
        topic.Unplaced.Clear();
        if (topic.Partitions == 0)
        {
            topic.Unplaced.Enqueue(record);
            return false;
        }
        var isHeld = topic.IsHolding(record);
        if (isHeld && record.Held.Until > Time.GetTimestamp())
        {
            next = Math.Min(next, record.Held.Until);
            return false;
        }
        var isOfOne = isHeld || record.IsSuspect;
        if (isOfOne && _open is not null) return false;
        var open = _open ??= Begin();
        if (!_client.TrySend(new TopicPartition(topic.Name, Partitioning.PartitionOf(record.Publication, topic.Partitions)), record, isOfOne, Outbox))
        {
            open.IsFull = true;
            return false;
        }
        open.Add(record);
        open.IsOfOne = isOfOne;
        open.IsFull = isOfOne || open.Records.Count >= MostRecords || open.Bytes >= _options.MaxBytes;
        return true;
    }

    private Transaction Begin()
    {
        _client.Begin();
        return new Transaction { Due = Time.After(_options.Interval) };
    }

    /// <summary>Puts the offsets into the transaction; false if that has failed, and the transaction is over.</summary>
    private bool TrySendOffsets(Transaction open)
    {
        // A membership that is read after a rebalance would vouch for partitions that the rebalance took away: the handlers say that they are lost before it
        // ends, and that is looked at after reading.
        if (Outbox.Membership.Read() is { } membership && !open.Records.Exists(r => r.Lane.IsLost))
            return Succeeds(_client.SendOffsets(open.Offsets(), membership), open, Renew);
        Pause();
        Abort();
        return false;
    }

    private void Commit(Transaction open)
    {
        // If this fails for good, nobody knows whether it was committed: reading goes on from the committed offsets.
        if (!Succeeds(_client.Commit(), open, Fail)) return;
        RecordMeter.Committed(null);
        (_open, _aborts) = (null, 0);
        foreach (var record in open.Records)
        {
            record.Attempt!.Abandon();
            Acknowledge(record, Topics.For(record.Publication.Topic));
        }
    }

    private bool Succeeds(KafkaException? failure, Transaction open, Action<Error> onFatal)
    {
        if (failure is null) return true;
        RecordMeter.Committed(failure.Error.Code.ToString());
        Log.TransactionAborted(Logger, open.Records.Count, failure.Error.Reason, failure.Error.Code.ToString());
        // One or two are a rebalance; more are something that a person has to know, such as a right that is missing.
        if (_aborts >= FewAborts) Errors.Report(failure.Error);
        if (failure is KafkaTxnRequiresAbortException)
        {
            Suspect(failure.Error, open);
            Abort();
        }
        else
        {
            onFatal(failure.Error);
        }
        return false;
    }

    /// <summary>The client does not say which record the transaction failed for: if a topic is at fault, all that are not acknowledged may be it.</summary>
    private void Suspect(Error failure, Transaction open)
    {
        var unknown = IsOfTopic(failure) ? open.Records.FindAll(r => r.Attempt!.Delivery.Kind == DeliveryKind.Unknown) : [];
        if (unknown.Count == 0) Pause();
        foreach (var record in unknown)
        {
            if (open.IsOfOne) open.Refused.Add((record, Delivery.Of(failure)));
            else Topics.Doubt(record, Topics.For(record.Publication.Topic));
        }
    }

    private static bool IsOfTopic(Error error) => error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.UnknownTopicOrPart or ErrorCode.TopicException
        or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition;

    private void Pause() => _notBefore = Time.After(Waits.Delay(_aborts++));

    private void Abort()
    {
        if (_client.Abort() is { } failure) Renew(failure.Error);
        else TakeBack();
    }

    /// <summary>What was sent is ready again; what was refused is settled.</summary>
    private void TakeBack()
    {
        if (_open is not { } open) return;
        foreach (var record in open.Records) record.Attempt!.Abandon();
        foreach (var (record, delivery) in AtFault(open))
        {
            var topic = Topics.For(record.Publication.Topic);
            Refusals.Settle(record, topic, delivery, open.IsOfOne);
            // A dead letter goes with the others.
            if (record.Publication.Topic != topic.Name) record.IsSuspect = false;
        }
        _ready.InsertRange(0, open.Records);
        _open = null;
    }

    /// <summary>
    /// All of a batch are refused with one of them, and all of a transaction fail with it. A batch that is too large is so for its largest record, most likely:
    /// suspecting all of them would try each in a transaction of its own.
    /// </summary>
    private List<(InFlightRecord Record, Delivery Delivery)> AtFault(Transaction open)
    {
        var refused = open.Refused.Where(r => !r.Record.IsDropped && r.Delivery.Kind is not (DeliveryKind.NotSent or DeliveryKind.BatchMemberRefused))
            .ToLookup(r => r.Delivery.Kind == DeliveryKind.TooLarge);
        var largest = refused[true]
            .GroupBy(r => (r.Record.Publication.Topic, Partitioning.PartitionOf(r.Record.Publication, Topics.For(r.Record.Publication.Topic).Partitions)))
            .Select(batch => batch.MaxBy(r => r.Record.Publication.Value?.Length ?? 0));
        return [.. refused[false], .. largest];
    }

    /// <summary>Another producer with the same id, whose first act is to abort what this one has left open.</summary>
    private void Renew(Error failure)
    {
        if (IsFenced(failure) || Outbox.IsClosing)
        {
            Fail(failure);
            return;
        }
        Retire();
        try
        {
            _client = Make();
            Init();
        }
        catch (Exception refused) when (refused is KafkaException or InvalidOperationException or ArgumentException)
        {
            Outbox.Fail(new Delivery(DeliveryKind.Fatal, refused.Message));
            return;
        }
        Pause();
        TakeBack();
    }

    private void Retire() => _retired = Task.WhenAll(_retired, _client.DisposeAsync().AsTask());

    private void Init()
    {
        long lastLine = 0;
        while (!Outbox.IsClosing && _client.Init() is { } failure)
        {
            if (failure is not KafkaRetriableException && !Unreachable.Is(failure.Error))
            {
                Fail(failure.Error);
                return;
            }
            if (_client.IsStuck)
            {
                Retire();
                _client = Make();
            }
            if (lastLine != 0 && Time.GetElapsedTime(lastLine) < Reminder) continue;
            lastLine = Time.GetTimestamp();
            Log.WaitingForKafka(Logger, Options.Broker, $"it gives no transactions ({failure.Error.Reason}); if it has none, as before Kafka 2.5 or in Event Hubs Standard, set KAFKA_DELIVERY to acknowledged");
        }
    }

    private void Fail(Error failure)
    {
        if (IsFenced(failure)) Log.Fenced(Logger, _options.Id);
        Outbox.Refusal ??= RefusalFor(failure);
        Outbox.Fail(Delivery.Of(failure) with { Kind = DeliveryKind.Fatal });
    }

    /// <summary>What to do about a broker that does not let this program have transactions; null if that is not what has happened.</summary>
    private string? RefusalFor(Error failure) => failure.Code switch
    {
        ErrorCode.TransactionalIdAuthorizationFailed =>
            $"KAFKA_DELIVERY is 'exactly-once', but the broker denies the transactional id '{_options.Id}': grant WRITE and DESCRIBE on it (by default it starts with the group's name and a dot), or set KAFKA_TRANSACTIONAL_ID to one that is granted.",
        ErrorCode.ClusterAuthorizationFailed =>
            "KAFKA_DELIVERY is 'exactly-once', but the broker denies idempotent writing: grant IDEMPOTENT_WRITE on the cluster.",
        ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedForMessageFormat =>
            $"KAFKA_DELIVERY is 'exactly-once', but the broker has no transactions ({failure.Reason}): use acknowledged, or Kafka 2.5 or later.",
        _ => null,
    };

    private static bool IsFenced(Error error) => error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch;

    private TransactionalClient Make() => new(
        Options, Errors,
        (client, error) => Outbox.Post(() =>
        {
            if (client == _client) Renew(error);
        }),
        Time, Logger);

    /// <summary>What is in the open transaction.</summary>
    private sealed class Transaction
    {
        public List<InFlightRecord> Records { get; } = [];

        public List<(InFlightRecord Record, Delivery Delivery)> Refused { get; } = [];

        public long Bytes { get; private set; }

        /// <summary>How many of its records are not reported yet.</summary>
        public int Unreported { get; set; }

        /// <summary>When its interval is over.</summary>
        public long Due { get; init; }

        /// <summary>When the client is to be asked whether it has failed.</summary>
        public long LookAt { get; set; }

        /// <summary>Nothing more goes into it.</summary>
        public bool IsFull { get; set; }

        /// <summary>It is for one record, whose refusal is its own.</summary>
        public bool IsOfOne { get; set; }

        public bool HasOffsets { get; set; }

        public void Add(InFlightRecord record)
        {
            Records.Add(record);
            Unreported++;
            Bytes += record.Publication.Value?.Length ?? 0;
        }

        /// <summary>Of each lane that of the next record.</summary>
        public List<TopicPartitionOffset> Offsets() =>
            [.. Records.GroupBy(r => r.Lane).Select(l => l.Last().Record).Select(r => new TopicPartitionOffset(r.Topic, r.Partition, r.Offset + 1))];
    }
}
