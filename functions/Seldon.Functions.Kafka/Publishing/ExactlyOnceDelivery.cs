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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Longer than a transaction may take.</summary>
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(8);

    private readonly TransactionOptions _options;
    private readonly List<InFlightRecord> _open = [];
    private readonly List<(InFlightRecord Record, Delivery Delivery)> _refused = [];
    private readonly HashSet<PartitionLane> _stopped = [];
    private List<InFlightRecord> _ready = [];
    private List<InFlightRecord> _kept = [];
    private ProducerClient _client;
    private Task _retired = Task.CompletedTask;
    private bool _isOpen;
    private bool _isFull;
    private bool _isHurried;
    private bool _isOfOne;
    private bool _hasOffsets;
    private long _look;
    private int _unreported;
    private long _bytes;
    private long _due;
    private long _notBefore;
    private int _aborts;

    public ExactlyOnceDelivery(Outbox outbox, KafkaOptions options, TimeProvider time, ILogger logger) : base(outbox, options, time, logger)
    {
        _options = options.Transactions!;
        _client = Make();
    }

    public override void Start() => Init();

    public override void Place(InFlightRecord record) => _ready.Add(record);

    public override void OnReport(Flight flight)
    {
        if (flight.Record is not { } record) return;
        _unreported--;
        if (flight.Delivery.Kind != DeliveryKind.Acknowledged) _refused.Add((record, flight.Delivery));
    }

    public override long Pump()
    {
        if (Outbox.Fatal.IsCompleted) return long.MaxValue;
        var next = Topics.AskAgain();
        while (true)
        {
            // 5. One was refused, or is not ours any more.
            if (_refused.Count > 0 || (_isHurried && _open.Exists(r => r.IsDropped))) Abort();
            if (Outbox.Fatal.IsCompleted) return long.MaxValue;
            // 1., 2.
            if (_notBefore > Time.GetTimestamp()) return Math.Min(next, _notBefore);
            if (!_isFull) next = Math.Min(next, Send());
            if (!_isOpen) break;
            if (_isHurried || _due <= Time.GetTimestamp()) _isFull = true;
            if (!_isFull) return Math.Min(next, _due);
            // 3. Offsets go first: while it waits for reports, the client says only then that the transaction has failed.
            if (_unreported > 0 && _look > Time.GetTimestamp()) return Math.Min(next, _look);
            _look = Time.After(Look);
            if (_refused.Count > 0 || !(_hasOffsets && _unreported == 0) && !TrySendOffsets()) continue;
            _hasOffsets = true;
            if (_unreported > 0) return Math.Min(next, _look);
            // 4.
            Commit();
        }
        _isHurried = false;
        return next;
    }

    public override void Hurry() => _isHurried = true;

    public override async Task CloseAsync()
    {
        // What is left open would hold back readers until it times out.
        if (_isOpen && !_client.IsStuck) TryAbort();
        Retire();
        await _retired.ConfigureAwait(false);
    }

    protected override ProducerClient Current() => _client;

    /// <summary>The partition of a record is looked up when it is sent: a transaction that fails for another number of them is sent again.</summary>
    protected override void OnKnown(Topic topic)
    {
        (topic.Partitions, topic.Changed) = (topic.Changed, 0);
        topic.Unplaced.Clear();
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
            if (!_isFull && !_stopped.Contains(record.Lane) && TrySend(record, ref next)) continue;
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
        if (topic.Partitions == 0)
        {
            if (topic.Unplaced.Count == 0) topic.Unplaced.Enqueue(record);
            return false;
        }
        var isHeld = record.Holds > 0 && topic.ResumedAt <= record.Held.At;
        if (isHeld && record.Held.Until > Time.GetTimestamp())
        {
            next = Math.Min(next, record.Held.Until);
            return false;
        }
        var isOfOne = isHeld || record.IsSuspect;
        if (isOfOne && _open.Count > 0) return false;
        if (!_isOpen) Begin();
        record.Flight = new Flight(record, _client, isOfOne, Outbox);
        if (!_client.TrySend(new TopicPartition(topic.Name, Partitioning.PartitionOf(record.Publication, topic.Partitions)), record.Publication, record.Flight))
        {
            record.Flight = null;
            _isFull = true;
            return false;
        }
        _unreported++;
        record.Lane.OnSent();
        _open.Add(record);
        _bytes += record.Publication.Value?.Length ?? 0;
        _isOfOne = isOfOne;
        _isFull = isOfOne || _open.Count >= MostRecords || _bytes >= _options.MaxBytes;
        return true;
    }

    private void Begin()
    {
        _client.Producer.BeginTransaction();
        (_isOpen, _isFull, _bytes, _due, _look) = (true, false, 0, Time.After(_options.Interval), 0);
    }

    /// <summary>Puts the offsets into the transaction; false if that has failed, and the transaction is over.</summary>
    private bool TrySendOffsets()
    {
        // An offset is that of the next record.
        var offsets = _open.GroupBy(r => r.Lane).Select(l => l.Last().Record).Select(r => new TopicPartitionOffset(r.Topic, r.Partition, r.Offset + 1)).ToList();
        // A membership that is read after a rebalance would vouch for partitions that the rebalance took away: the handlers say that they are lost before it
        // ends, and that is looked at after reading.
        if (Outbox.Membership.Read() is { } membership && !_open.Exists(r => r.Lane.IsLost))
            return Try(() => _client.Producer.SendOffsetsToTransaction(offsets, membership, Patience), Renew);
        Pause();
        Abort();
        return false;
    }

    private void Commit()
    {
        // If this fails for good, nobody knows whether it was committed: reading goes on from the committed offsets.
        if (!Try(CommitUntilSure, Fail)) return;
        RecordMeter.Committed(null);
        _aborts = 0;
        foreach (var record in _open)
        {
            record.Flight!.Abandon();
            if (record.Holds > 0) Topics.Resume(Topics.For(record.Publication.Topic));
            record.Lane.OnReported();
            record.Lane.Acknowledge(record);
        }
        _open.Clear();
        End();
    }

    private bool Try(Action call, Action<Error> onFatal)
    {
        try
        {
            Call(call);
            return true;
        }
        catch (KafkaTxnRequiresAbortException failure)
        {
            Note(failure.Error);
            Suspect(failure.Error);
            Abort();
        }
        catch (KafkaException failure)
        {
            Note(failure.Error);
            onFatal(failure.Error);
        }
        return false;
    }

    private void Note(Error failure)
    {
        RecordMeter.Committed(failure.Code.ToString());
        Log.TransactionAborted(Logger, _open.Count, failure.Reason, failure.Code.ToString());
        // One or two are a rebalance; more are something that a person has to know, such as a right that is missing.
        if (_aborts >= FewAborts) Errors.Report(failure);
    }

    /// <summary>The client does not say which record the transaction failed for: if a topic is at fault, all that are not acknowledged may be it.</summary>
    private void Suspect(Error failure)
    {
        if (_refused.Count > 0) return;
        var unknown = IsOfTopic(failure) ? _open.FindAll(r => r.Flight!.Delivery.Kind == DeliveryKind.Unknown) : [];
        if (unknown.Count == 0) Pause();
        foreach (var record in unknown)
        {
            if (_isOfOne) _refused.Add((record, Delivery.Of(failure)));
            else Topics.Doubt(record, Topics.For(record.Publication.Topic));
        }
    }

    private static bool IsOfTopic(Error error) => error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.UnknownTopicOrPart or ErrorCode.TopicException
        or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition;

    private void Pause() => _notBefore = Time.After(Waits.Delay(_aborts++));

    private void Abort()
    {
        // An abort that comes before the coordinator has heard of the transaction fails for good (librdkafka issue 4849).
        if (TryAbort() is { } failure) Renew(failure);
        else TakeBack();
    }

    private Error? TryAbort()
    {
        try
        {
            Call(_client.Producer.AbortTransaction);
            return null;
        }
        catch (KafkaException failure)
        {
            return failure.Error;
        }
    }

    /// <summary>What was sent is ready again; what was refused is settled.</summary>
    private void TakeBack()
    {
        foreach (var record in _open)
        {
            record.Flight!.Abandon();
            record.Lane.OnReported();
        }
        foreach (var (record, delivery) in AtFault().ToList())
        {
            var topic = Topics.For(record.Publication.Topic);
            if (!Refusals.Settle(record, topic, delivery, _isOfOne)) record.Lane.OnHeld();
            // A dead letter goes with the others.
            if (record.Publication.Topic != topic.Name) record.IsSuspect = false;
        }
        _ready.InsertRange(0, _open);
        _open.Clear();
        _refused.Clear();
        End();
    }

    /// <summary>
    /// All of a batch are refused with one of them, and all of a transaction fail with it. A batch that is too large is so for its largest record, most likely:
    /// suspecting all of them would try each in a transaction of its own.
    /// </summary>
    private IEnumerable<(InFlightRecord Record, Delivery Delivery)> AtFault()
    {
        var refused = _refused.Where(r => !r.Record.IsDropped && r.Delivery.Kind is not (DeliveryKind.NotSent or DeliveryKind.BatchMemberRefused)).ToList();
        return refused.Where(r => r.Delivery.Kind != DeliveryKind.TooLarge).Concat(refused.Where(r => r.Delivery.Kind == DeliveryKind.TooLarge)
            .GroupBy(r => (r.Record.Publication.Topic, Partitioning.PartitionOf(r.Record.Publication, Topics.For(r.Record.Publication.Topic).Partitions)))
            .Select(batch => batch.MaxBy(r => r.Record.Publication.Value?.Length ?? 0)));
    }

    private void End() => (_isOpen, _isFull, _isOfOne, _hasOffsets, _unreported) = (false, false, false, false, 0);

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
        for (long lastLine = 0; !Outbox.IsClosing;)
        {
            try
            {
                Call(() => _client.Producer.InitTransactions(Patience));
                return;
            }
            catch (KafkaException failure) when (failure is KafkaRetriableException || Unreachable.Is(failure.Error))
            {
                if (_client.IsStuck)
                {
                    Retire();
                    _client = Make();
                }
                if (lastLine != 0 && Time.GetElapsedTime(lastLine) < TimeSpan.FromSeconds(30)) continue;
                lastLine = Time.GetTimestamp();
                Log.WaitingForKafka(Logger, Options.Broker, $"it gives no transactions ({failure.Error.Reason}); if it has none, as before Kafka 2.5 or in Event Hubs Standard, set KAFKA_DELIVERY to acknowledged");
            }
            catch (KafkaException failure)
            {
                Fail(failure.Error);
                return;
            }
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

    private void CommitUntilSure()
    {
        for (var since = Time.GetTimestamp(); ;)
        {
            try
            {
                _client.Producer.CommitTransaction();
                return;
            }
            catch (KafkaRetriableException) when (Time.GetElapsedTime(since) < CallPatience)
            {
                // The coordinator is moving, or not there for the moment. Nobody else may end a transaction whose commit has begun.
            }
        }
    }

    /// <summary>
    /// Makes a call of the client, on a thread of its own: while the group's coordinator cannot be reached, a call may not return, whatever its timeout
    /// (librdkafka issue 5456). Such a client is left to itself, as it cannot be freed; its successor shuts it out.
    /// </summary>
    private void Call(Action call)
    {
        var calling = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([calling], CallPatience) == 0)
        {
            calling.GetAwaiter().GetResult();
            return;
        }
        _client.IsStuck = true;
        throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "the client does not return from a call"));
    }

    private ProducerClient Make() => new(
        ClientConfigs.Transactional(Options), Errors,
        (client, error) => Outbox.Post(() =>
        {
            if (client == _client) Renew(error);
        }),
        Time, Logger);
}
