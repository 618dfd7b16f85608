using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>Why <see cref="OrderedConsumer.RunAsync"/> came to its end.</summary>
internal enum ConsumerEnd
{
    /// <summary>It was asked to stop.</summary>
    Stopped,

    /// <summary>A client cannot go on; new clients can, from the committed offsets.</summary>
    ClientFailed,

    /// <summary>An input topic was deleted and made anew; a new client reads it from its beginning.</summary>
    TopicMadeAnew,
}

/// <summary>
/// Reads the input topics and feeds each partition's lane. One thread polls, always: while a model is out, the partitions
/// are paused, and polling goes on, so that the group never loses this member for waiting.
/// </summary>
internal sealed class OrderedConsumer : IDisposable
{
    /// <summary>How long results that were handed over are awaited when a partition is taken away.</summary>
    internal static readonly TimeSpan RevocationPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long records under way may take to finish when the process stops.</summary>
    internal static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(15);

    /// <summary>How long a full lane is waited for before its partition is paused.</summary>
    private static readonly TimeSpan LanePatience = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the broker may take to tell what is committed; without it only a gauge has less to tell.</summary>
    private static readonly TimeSpan CommittedPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StoreInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortPoll = TimeSpan.FromMilliseconds(5);

    private readonly InferenceEngine _engine;
    private readonly KafkaPublisher _publisher;
    private readonly KafkaOptions _options;
    private readonly StreamStatus _status;
    private readonly TopicWatch _topics;
    private readonly int _topicChanges;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly OffsetRepair _repair;
    private readonly Window _window;
    private readonly CalmErrors _errors;
    private readonly Dictionary<TopicPartition, PartitionLane> _lanes = [];
    private readonly Dictionary<TopicPartition, long> _stored = [];
    private Error? _fatal;
    private bool _isClosing;
    private long _lastStore;

    /// <param name="engine">What turns records into outcomes.</param>
    /// <param name="publisher">Where these go.</param>
    /// <param name="options">What is read.</param>
    /// <param name="status">Is told of every turn, every assignment and every lane.</param>
    /// <param name="topics">Tells when a topic was made anew.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public OrderedConsumer(
        InferenceEngine engine, KafkaPublisher publisher, KafkaOptions options, StreamStatus status, TopicWatch topics, TimeProvider time, ILogger logger)
    {
        (_engine, _publisher, _options, _status, _topics, _time, _logger) = (engine, publisher, options, status, topics, time, logger);
        _topicChanges = topics.Changes;
        _window = new Window(options.WindowRecords, options.WindowBytes);
        _errors = new CalmErrors(options.Broker, Log.ConsumerError, time, logger);
        _consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options))
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            // Not for what it says: it wakes the thread that polls when nothing else comes (WakeUpCall).
            .SetStatisticsHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => OnRevoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => OnLost(partitions))
            .SetOffsetsCommittedHandler((_, committed) => OnCommitted(committed.Error))
            .Build();
        _repair = new OffsetRepair(_consumer, time, logger);
    }

    /// <summary>Reads until asked to stop or until a client fails. The thread is the method's own: Kafka's calls block.</summary>
    public Task<ConsumerEnd> RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        _consumer.Dispose();
        _window.Dispose();
    }

    private ConsumerEnd Run(CancellationToken stop)
    {
        ShareWindow();
        _status.WaitFor("the group has not yet given this member its partitions");
        _consumer.Subscribe(_options.InputTopics);
        Log.Reading(_logger, string.Join(", ", _options.InputTopics), _options.Group, Describe(o => o.Results), Describe(o => o.Errors));
        using (new WakeUpCall(() => Task.FromResult(_consumer.Assignment), _time))
        {
            while (!stop.IsCancellationRequested && !HasFailed() && !HasTopicChanged)
            {
                _status.Turned();
                var waits = AdmitWaiting();
                if (PollOnce(waits ? ShortPoll : Poll) is { } record) Feed(record);
                StorePositions();
                _repair.RepairAll();
            }
            if (!HasFailed()) Drain();
        }
        _isClosing = true;
        // A client that has failed for good refuses even this.
        Try(_consumer.Close);
        EndLanes();
        _status.Left();
        return HasFailed() ? ConsumerEnd.ClientFailed : stop.IsCancellationRequested ? ConsumerEnd.Stopped : ConsumerEnd.TopicMadeAnew;
    }

    /// <summary>One poll, which also serves rebalances; what the client reports is dealt with here.</summary>
    private ConsumeResult<byte[], byte[]>? PollOnce(TimeSpan timeout)
    {
        try
        {
            var result = _consumer.Consume(timeout);
            if (result is not { IsPartitionEOF: true }) return result;
            if (_lanes.TryGetValue(result.TopicPartition, out var lane)) lane.EndsAt(result.Offset.Value);
        }
        catch (ConsumeException failure) when (failure.Error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            _repair.Add(failure.ConsumerRecord.TopicPartition);
        }
        catch (KafkaException failure)
        {
            OnError(failure.Error);
        }
        return null;
    }

    private void Feed(ConsumeResult<byte[], byte[]> result)
    {
        if (!_lanes.TryGetValue(result.TopicPartition, out var lane)) return;
        var record = result.ToRecord();
        lane.NoteRead(record);
        if (lane.Waiting is null)
        {
            // A lane that moves makes room while the others still have work; pausing, which discards what was fetched ahead, is for
            // those that do not.
            for (var start = _time.GetTimestamp(); _time.GetElapsedTime(start) < LanePatience; _window.WaitForRelease(ShortPoll))
            {
                if (lane.TryAdd(record)) return;
            }
        }
        lane.Enqueue(record);
        Try(() => _consumer.Pause([result.TopicPartition]));
    }

    /// <summary>Lets waiting records into the window and resumes their partitions; says whether any is still waiting.</summary>
    private bool AdmitWaiting()
    {
        var waits = false;
        foreach (var (partition, lane) in _lanes)
        {
            if (lane.Waiting is null) continue;
            if (lane.IsHalfFree && lane.TryAddWaiting()) Try(() => _consumer.Resume([partition]));
            else waits = true;
        }
        return waits;
    }

    /// <summary>Tells the client how far each partition may be committed; it commits five times a second.</summary>
    private void StorePositions()
    {
        if (_time.GetElapsedTime(_lastStore) < StoreInterval) return;
        _lastStore = _time.GetTimestamp();
        foreach (var (partition, lane) in _lanes) StorePosition(partition, lane);
    }

    private void StorePosition(TopicPartition partition, PartitionLane lane)
    {
        if (IsOfOldTopic(partition)) return;
        var position = lane.Position;
        if (position < 0 || (_stored.TryGetValue(partition, out var stored) && stored == position)) return;
        if (Try(() => _consumer.StoreOffset(new TopicPartitionOffset(partition, position)))) _stored[partition] = position;
    }

    /// <summary>Where reading begins: where the group has committed, but at the beginning of a topic that was made anew.</summary>
    private List<TopicPartitionOffset> OnAssigned(List<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _lanes[partition] = new PartitionLane(_engine, _publisher, _options, _window, _time, _logger);
        ShareWindow();
        _status.WaitFor(null);
        if (partitions.Count == 0) return [];
        RecordMeter.Rebalanced(1, "assigned");
        Log.Assigned(_logger, Describe(partitions));
        // A client that is being closed may be given partitions once more, and takes its time to answer.
        if (!_isClosing) NoteBeginnings(partitions);
        return [.. partitions.Select(p => new TopicPartitionOffset(p, _topics.IsDoubtful(p.Topic) ? Offset.Beginning : Offset.Unset))];
    }

    /// <summary>What the group has committed, for the lag of partitions of which nothing is read for the time being.</summary>
    private void NoteBeginnings(List<TopicPartition> partitions) => Try(() =>
    {
        foreach (var committed in _consumer.Committed(partitions, CommittedPatience))
            _lanes[committed.TopicPartition].BeginsAt(Math.Max(0, committed.Offset.Value));
    });

    /// <summary>Partitions are taken away in order: end their calls, await what was handed over, commit, let go.</summary>
    private void OnRevoked(List<TopicPartitionOffset> partitions)
    {
        var revoked = Remove(partitions);
        if (revoked.Count == 0) return;
        RecordMeter.Rebalanced(1, "revoked");
        Log.Revoked(_logger, Describe(revoked.Select(r => r.Partition)));
        foreach (var (_, lane) in revoked) lane.Cancel();
        // The client's callback is synchronous, and the partitions are gone when it returns.
        Task.WaitAny([Task.WhenAll(revoked.Select(r => r.Lane.Completion))], RevocationPatience);
        Commit(revoked);
        foreach (var (_, lane) in revoked) lane.Dispose();
    }

    /// <summary>Another member has the partitions already: nothing is published or committed any more.</summary>
    private void OnLost(List<TopicPartitionOffset> partitions)
    {
        var lost = Remove(partitions);
        if (lost.Count == 0) return;
        RecordMeter.Rebalanced(1, "lost");
        Log.Lost(_logger, Describe(lost.Select(l => l.Partition)));
        foreach (var (_, lane) in lost) lane.Dispose();
    }

    /// <summary>
    /// A consumer that has failed for good tells nothing of the partitions that it leaves: their lanes are ended here, before the producers go.
    /// </summary>
    private void EndLanes()
    {
        foreach (var lane in _lanes.Values) lane.Cancel();
        Task.WaitAny([Task.WhenAll(_lanes.Values.Select(l => l.HandedOver))], RevocationPatience);
        foreach (var lane in _lanes.Values) lane.Dispose();
        _lanes.Clear();
        ShareWindow();
    }

    private List<(TopicPartition Partition, PartitionLane Lane)> Remove(List<TopicPartitionOffset> partitions)
    {
        var removed = new List<(TopicPartition, PartitionLane)>();
        foreach (var partition in partitions.Select(p => p.TopicPartition))
        {
            if (!_lanes.Remove(partition, out var lane)) continue;
            removed.Add((partition, lane));
            // Should it come back, it must not come back paused.
            if (lane.Waiting is not null) Try(() => _consumer.Resume([partition]));
            _stored.Remove(partition);
            _repair.Remove(partition);
        }
        ShareWindow();
        return removed;
    }

    private void ShareWindow()
    {
        _window.Lanes = _lanes.Count;
        _status.SetLanes(_lanes);
    }

    private void Commit(List<(TopicPartition Partition, PartitionLane Lane)> lanes)
    {
        var offsets = lanes.Where(l => l.Lane.Position >= 0 && !IsOfOldTopic(l.Partition)).Select(l => new TopicPartitionOffset(l.Partition, l.Lane.Position)).ToList();
        // Stored as well: the client commits what was stored last once more when the partitions go, and would set the group back.
        foreach (var offset in offsets) Try(() => _consumer.StoreOffset(offset));
        // What cannot be committed is delivered again, not lost.
        if (offsets.Count > 0 && Try(() => _consumer.Commit(offsets))) RecordMeter.Committed(null);
    }

    private static void OnCommitted(Error error)
    {
        // There was nothing to commit.
        if (error.Code != ErrorCode.Local_NoOffset) RecordMeter.Committed(error.IsError ? error.Code.ToString() : null);
    }

    /// <summary>Does it, unless the client refuses, which is reported.</summary>
    private bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (KafkaException refused)
        {
            OnError(refused.Error);
            return false;
        }
    }

    /// <summary>Finishes what was read, polling on so that the group keeps this member; gives up when a model is out or time is over.</summary>
    private void Drain()
    {
        var start = _time.GetTimestamp();
        if (!HasTopicChanged) Log.Draining(_logger, UnderWay());
        Try(() => _consumer.Pause(_lanes.Keys));
        foreach (var lane in _lanes.Values) lane.Complete();
        while (UnderWay() > 0 && !_engine.IsHolding && !HasFailed() && _time.GetElapsedTime(start) < DrainPatience)
        {
            _status.Turned();
            PollOnce(ShortPoll);
            StorePositions();
        }
        var unfinished = UnderWay();
        if (unfinished > 0) Log.Unfinished(_logger, unfinished);
        else if (!HasTopicChanged) Log.Stopped(_logger);
    }

    private bool HasTopicChanged => _topics.Changes != _topicChanges;

    /// <summary>Whether offsets of the partition that this consumer knows are those of a topic that is gone.</summary>
    private bool IsOfOldTopic(TopicPartition partition) => HasTopicChanged && _topics.IsDoubtful(partition.Topic);

    private int UnderWay() => _lanes.Values.Sum(l => l.Count);

    /// <summary>Whether a client is beyond repair. A lane that ended in an exception is a defect of ours, and it is thrown.</summary>
    private bool HasFailed()
    {
        foreach (var lane in _lanes.Values) lane.ThrowIfFaulted();
        return _fatal is not null || _publisher.Fatal.IsCompleted;
    }

    private void OnError(Error error)
    {
        if (!error.IsFatal && error.Code != ErrorCode.Local_Fatal)
        {
            _errors.Report(error);
            return;
        }
        if (_fatal is not null) return;
        _fatal = error;
        Log.Rebuilding(_logger, error.Reason, error.Code.ToString());
    }

    private string Describe(Func<OutputTopics, string> topic) =>
        string.Join(", ", _options.RouteOutputs.Values.Append(_options.Output).Select(topic).Where(t => t.Length > 0).Distinct());

    private static string Describe(IEnumerable<TopicPartition> partitions) =>
        string.Join(", ", partitions.GroupBy(p => p.Topic).Select(t => $"{t.Key}/{string.Join(',', t.Select(p => p.Partition.Value).Order())}"));
}
