using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// A member of the consumer group: reads the input topics and feeds each partition's lane. One thread polls, always: while a model is
/// unavailable, the partitions are paused, and polling goes on, so that the group never loses this member for waiting.
/// </summary>
/// <remarks>
/// <code>
/// 1. subscribe ─► 2. poll ─► lane ─► (engine, outbox) ─► position ─► stored ─► committed by the client
///                   │
///                   └─► 3. asked to stop: finish ─► 4. end the lanes, await the last commit ─► 5. leave the group
/// </code>
/// </remarks>
internal sealed class GroupMember : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortPoll = TimeSpan.FromMilliseconds(5);

    /// <summary>How long results that were handed over are awaited when a partition is taken away.</summary>
    private static readonly TimeSpan RevocationPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long the broker may take to say what is committed; without the answer only a gauge has less to show.</summary>
    private static readonly TimeSpan CommittedPatience = TimeSpan.FromSeconds(1);

    private readonly Outbox _outbox;
    private readonly KafkaOptions _options;
    private readonly StreamStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly ConsumerErrors _errors;
    private readonly InputTopics _topics;
    private readonly Assignment _assignment;
    private readonly OffsetCommits _commits;
    private readonly OffsetReset _reset;
    private readonly Backpressure _backpressure;
    private readonly EndOffsets _ends;
    private readonly Shutdown _shutdown;

    // A client that is left to itself while it is being closed may still call back, on its own thread.
    private readonly Lock _rebalancing = new();
    private bool _isLeaving;
    private bool _hasLeft;

    /// <param name="engine">What turns records into outcomes.</param>
    /// <param name="outbox">What publishes these.</param>
    /// <param name="options">What is read.</param>
    /// <param name="status">Is told of every turn, every assignment and every lane.</param>
    /// <param name="topics">Tells when a topic was re-created.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public GroupMember(
        InferenceEngine engine, Outbox outbox, KafkaOptions options, StreamStatus status, TopicRecreation topics, TimeProvider time, ILogger logger)
    {
        (_outbox, _options, _status, _time, _logger) = (outbox, options, status, time, logger);
        _errors = new ConsumerErrors(options.Broker, time, logger);
        _topics = new InputTopics(topics);
        _assignment = new Assignment(engine, outbox, options, status, time);
        _consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options))
            .SetErrorHandler((_, error) => _errors.Report(error))
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            // Not for what it says: it wakes the thread that polls when nothing else comes (ClockStepGuard).
            .SetStatisticsHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => OnRevoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => OnLost(partitions))
            .SetOffsetsCommittedHandler((_, answer) => _commits!.OnCommitted(answer))
            .Build();
        _commits = new OffsetCommits(_consumer, _topics, _errors, time, options.Transactions is not null);
        _reset = new OffsetReset(_consumer, time, logger);
        _backpressure = new Backpressure(_consumer, _assignment, _errors, time);
        _ends = new EndOffsets(_consumer, status, options, time, logger);
        _shutdown = new Shutdown(_consumer, _assignment, _commits, _ends, outbox.Membership, _errors, engine, time, logger);
        outbox.Membership.Join(_consumer);
    }

    /// <summary>Reads until asked to stop or until a client fails. The thread is the method's own: Kafka's calls block.</summary>
    public Task<ConsumerEnd> RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        _shutdown.Dispose();
        _assignment.Dispose();
    }

    private ConsumerEnd Run(CancellationToken stop)
    {
        // 1. Subscribe.
        _status.WaitFor("the group has not yet given this member its partitions");
        _consumer.Subscribe(_options.InputTopics);
        Log.Reading(_logger, string.Join(", ", _options.InputTopics), _options.Group, Describe(o => o.Results), Describe(o => o.Errors));
        using (new ClockStepGuard(() => Task.FromResult(_consumer.Assignment), _time, _logger))
        {
            // 2. Poll.
            while (!stop.IsCancellationRequested && !HasFailed() && !_topics.HaveChanged)
            {
                var waits = _backpressure.AdmitWaiting();
                if (Turn(waits ? ShortPoll : Poll) is { } result) _backpressure.Feed(result);
                _reset.ResetAll();
            }
            _ends.Stop();
            // Nothing is read of what this member may still be given.
            _isLeaving = true;
            // 3., 4. Finish, commit.
            if (!HasFailed()) Finish();
        }
        // 5. Leave.
        Leave();
        _status.Left();
        return HasFailed() ? ConsumerEnd.ClientFailed : stop.IsCancellationRequested ? ConsumerEnd.Stopped : ConsumerEnd.TopicRecreated;
    }

    /// <summary>One poll, which also serves rebalances, and what is due after it.</summary>
    private ConsumeResult<byte[], byte[]>? Turn(TimeSpan timeout)
    {
        _status.Turned();
        var result = PollOnce(timeout);
        _commits.StoreNow(_assignment.All);
        return result;
    }

    /// <summary>A record, if one came; what else the client reports is dealt with here.</summary>
    private ConsumeResult<byte[], byte[]>? PollOnce(TimeSpan timeout)
    {
        try
        {
            var result = _consumer.Consume(timeout);
            if (result is not { IsPartitionEOF: true }) return result;
            if (_assignment.All.TryGetValue(result.TopicPartition, out var lane)) lane.Progress.EndsAt(result.Offset.Value);
        }
        catch (ConsumeException failure) when (failure.Error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            _reset.Add(failure.ConsumerRecord.TopicPartition);
        }
        catch (KafkaException failure)
        {
            _errors.Report(failure.Error);
        }
        return null;
    }

    /// <summary>What was read is finished and committed.</summary>
    private void Finish()
    {
        _status.WaitFor("it is being stopped");
        _shutdown.Finish(TurnUnlessFailed, isStopping: !_topics.HaveChanged);

        bool TurnUnlessFailed()
        {
            if (HasFailed()) return false;
            Turn(ShortPoll);
            return true;
        }
    }

    /// <summary>
    /// The lanes that are left are ended before the outbox goes: a client that has failed for good reports no revocation of the partitions
    /// that it leaves, and one that the broker does not answer reports it late.
    /// </summary>
    private void Leave()
    {
        if (!_shutdown.Leave()) Log.NotLeft(_logger, Shutdown.LeavePatience.TotalSeconds, _options.Group);
        lock (_rebalancing)
        {
            _hasLeft = true;
            foreach (var (_, lane) in _assignment.Remove([.. _assignment.All.Keys])) lane.Dispose();
        }
        _shutdown.ThrowIfFaulted();
    }

    /// <summary>Reading begins where the group has committed, but at the beginning of a topic that was re-created.</summary>
    private IEnumerable<TopicPartitionOffset> OnAssigned(List<TopicPartition> partitions)
    {
        lock (_rebalancing)
        {
            if (!_isLeaving) Assign(partitions);
        }
        return partitions.Select(p => new TopicPartitionOffset(p, _topics.IsNew(p.Topic) ? Offset.Beginning : Offset.Unset));
    }

    private void Assign(List<TopicPartition> partitions)
    {
        _status.WaitFor(null);
        if (partitions.Count == 0) return;
        RecordMeter.Rebalanced(1, "assigned");
        Log.Assigned(_logger, Assignment.Describe(partitions));
        _assignment.Add(partitions);
        // For the lag of partitions of which nothing is read for the time being.
        _errors.Try(() =>
        {
            foreach (var committed in _consumer.Committed(partitions, CommittedPatience))
                _assignment.All[committed.TopicPartition].Progress.BeginsAt(Math.Max(0, committed.Offset.Value));
        });
    }

    /// <summary>
    /// Partitions are taken away in order: end their calls, await what was handed over, store how far that is, let go. The client commits
    /// what is stored before the group hears that the partitions are free.
    /// </summary>
    private void OnRevoked(List<TopicPartitionOffset> partitions)
    {
        lock (_rebalancing)
        {
            var revoked = Remove(partitions);
            if (revoked.Count == 0) return;
            foreach (var (_, lane) in revoked) lane.Cancel();
            // A member that leaves has waited for it already.
            if (!_isLeaving) Task.WaitAny([Task.WhenAll(revoked.Select(r => r.Value.Completion))], RevocationPatience);
            RecordMeter.Rebalanced(1, "revoked");
            Log.Revoked(_logger, Assignment.Describe(revoked.Select(r => r.Key)), revoked.Sum(r => r.Value.Progress.Count));
            // What cannot be stored or committed is delivered again, not lost.
            foreach (var (partition, lane) in revoked) _commits.Store(partition, lane);
            End(revoked);
        }
    }

    /// <summary>Another member may have the partitions already: nothing is published or committed any more.</summary>
    private void OnLost(List<TopicPartitionOffset> partitions)
    {
        lock (_rebalancing)
        {
            var lost = Remove(partitions);
            if (lost.Count == 0) return;
            RecordMeter.Rebalanced(1, "lost");
            Log.Lost(_logger, Assignment.Describe(lost.Select(l => l.Key)), lost.Sum(l => l.Value.Progress.Count));
            End(lost);
        }
    }

    private List<KeyValuePair<TopicPartition, PartitionLane>> Remove(List<TopicPartitionOffset> partitions)
    {
        if (_hasLeft) return [];
        var removed = _assignment.Remove(partitions.Select(p => p.TopicPartition));
        foreach (var (partition, lane) in removed)
        {
            // If the partition comes back, it must not come back paused.
            if (lane.Waiting is not null) _errors.Try(() => _consumer.Resume([partition]));
            _reset.Remove(partition);
        }
        return removed;
    }

    private void End(List<KeyValuePair<TopicPartition, PartitionLane>> removed)
    {
        foreach (var (partition, lane) in removed)
        {
            _commits.Forget(partition);
            lane.Dispose();
        }
    }

    /// <summary>Whether a client is beyond repair.</summary>
    private bool HasFailed()
    {
        _outbox.ThrowIfFaulted();
        return _errors.IsFatal || _outbox.Fatal.IsCompleted;
    }

    private string Describe(Func<OutputTopics, string> topic) =>
        string.Join(", ", _options.RouteOutputs.Values.Append(_options.Output).Select(topic).Where(t => t.Length > 0).Distinct());
}

/// <summary>Why <see cref="GroupMember.RunAsync"/> came to its end.</summary>
internal enum ConsumerEnd
{
    /// <summary>It was asked to stop.</summary>
    Stopped,

    /// <summary>A client cannot go on; new clients can, from the committed offsets.</summary>
    ClientFailed,

    /// <summary>An input topic was deleted and re-created; a new client reads it from its beginning.</summary>
    TopicRecreated,
}
