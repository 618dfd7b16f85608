using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Reads the input topics and feeds each partition's lane. One thread polls, always: while a model is out, the partitions
/// are paused, and polling goes on, so that the group never loses this member for waiting.
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

    private readonly Outbox _outbox;
    private readonly KafkaOptions _options;
    private readonly StreamStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly ConsumerErrors _errors;
    private readonly InputTopics _topics;
    private readonly Assignment _lanes;
    private readonly OffsetCommits _positions;
    private readonly OffsetReset _repair;
    private readonly Rebalances _rebalances;
    private readonly Backpressure _backpressure;
    private readonly EndOffsets _ends;
    private readonly Shutdown _drain;
    private readonly MemberClient _client;

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
        _lanes = new Assignment(engine, outbox, options, status, time);
        _consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options))
            .SetErrorHandler((_, error) => _errors.Report(error))
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            // Not for what it says: it wakes the thread that polls when nothing else comes (ClockStepGuard).
            .SetStatisticsHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, partitions) => _rebalances!.OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => _rebalances!.OnRevoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => _rebalances!.OnLost(partitions))
            .SetOffsetsCommittedHandler((_, answer) => _positions!.OnCommitted(answer))
            .Build();
        _positions = new OffsetCommits(_consumer, _topics, _errors, time, options.Transactions is not null);
        _repair = new OffsetReset(_consumer, time, logger);
        _rebalances = new Rebalances(_consumer, _lanes, _positions, _repair, _topics, status, _errors, logger);
        _backpressure = new Backpressure(_consumer, _lanes, _errors, time);
        _drain = new Shutdown(_consumer, _lanes, _positions, _errors, engine, time, logger);
        _ends = new EndOffsets(_consumer, status, options, time, logger);
        _client = new MemberClient(_consumer, _ends, outbox.Membership, _errors);
        outbox.Membership.Join(_consumer);
    }

    /// <summary>Reads until asked to stop or until a client fails. The thread is the method's own: Kafka's calls block.</summary>
    public Task<ConsumerEnd> RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        _client.Dispose();
        _lanes.Dispose();
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
                _repair.RepairAll();
            }
            _ends.Stop();
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
        _positions.StoreNow(_lanes.All);
        return result;
    }

    /// <summary>A record, if one came; what else the client reports is dealt with here.</summary>
    private ConsumeResult<byte[], byte[]>? PollOnce(TimeSpan timeout)
    {
        try
        {
            var result = _consumer.Consume(timeout);
            if (result is not { IsPartitionEOF: true }) return result;
            if (_lanes.All.TryGetValue(result.TopicPartition, out var lane)) lane.Progress.EndsAt(result.Offset.Value);
        }
        catch (ConsumeException failure) when (failure.Error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            _repair.Add(failure.ConsumerRecord.TopicPartition);
        }
        catch (KafkaException failure)
        {
            _errors.Report(failure.Error);
        }
        return null;
    }

    /// <summary>Nothing is read of what this member may still be given; what was read is finished and committed.</summary>
    private void Finish()
    {
        _status.WaitFor("it is being stopped");
        _rebalances.Leave();
        _drain.Run(TurnUnlessFailed, isStopping: !_topics.HaveChanged);

        bool TurnUnlessFailed()
        {
            if (HasFailed()) return false;
            Turn(ShortPoll);
            return true;
        }
    }

    private void Leave()
    {
        _rebalances.Leave();
        if (!_client.Leave()) Log.NotLeft(_logger, MemberClient.Patience.TotalSeconds, _options.Group);
        _rebalances.EndAll();
        _client.ThrowIfFaulted();
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
