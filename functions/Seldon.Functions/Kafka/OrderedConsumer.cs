using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Reads the input topics and feeds each partition's lane. One thread polls, always: while a model is out, the partitions
/// are paused, and polling goes on, so that the group never loses this member for waiting.
/// </summary>
/// <remarks>
/// <code>
/// 1. subscribe ─► 2. poll ─► lane ─► (engine, publisher) ─► position ─► stored ─► committed by the client
///                   │
///                   └─► 3. asked to stop: finish ─► 4. end the lanes, await the last commit ─► 5. leave the group
/// </code>
/// </remarks>
internal sealed class OrderedConsumer : IDisposable
{
    /// <summary>How long records under way may take to finish when the process stops.</summary>
    internal static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(15);

    /// <summary>How long, of that, nothing need be acknowledged while a model is out: what is left is what waits for it.</summary>
    private static readonly TimeSpan HoldPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long it may take from the wish to stop until the broker has confirmed the last commit.</summary>
    internal static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(20);

    /// <summary>How long leaving the group may take after that. The client itself would wait for a silent broker for minutes.</summary>
    internal static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortPoll = TimeSpan.FromMilliseconds(5);

    private readonly InferenceEngine _engine;
    private readonly KafkaPublisher _publisher;
    private readonly KafkaOptions _options;
    private readonly StreamStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly ConsumerErrors _errors;
    private readonly InputTopics _topics;
    private readonly AssignedLanes _lanes;
    private readonly Positions _positions;
    private readonly OffsetRepair _repair;
    private readonly Rebalances _rebalances;
    private readonly Backpressure _backpressure;
    private readonly EndWatch _ends;
    private Task? _closing;

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
        (_engine, _publisher, _options, _status, _time, _logger) = (engine, publisher, options, status, time, logger);
        _errors = new ConsumerErrors(options.Broker, time, logger);
        _topics = new InputTopics(topics);
        _lanes = new AssignedLanes(engine, publisher, options, status, time, logger);
        _consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options))
            .SetErrorHandler((_, error) => _errors.Report(error))
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            // Not for what it says: it wakes the thread that polls when nothing else comes (WakeUpCall).
            .SetStatisticsHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, partitions) => _rebalances!.OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => _rebalances!.OnRevoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => _rebalances!.OnLost(partitions))
            .SetOffsetsCommittedHandler((_, answer) => _positions!.OnCommitted(answer))
            .Build();
        _positions = new Positions(_consumer, _topics, _errors, time);
        _repair = new OffsetRepair(_consumer, time, logger);
        _rebalances = new Rebalances(_consumer, _lanes, _positions, _repair, _topics, status, _errors, logger);
        _backpressure = new Backpressure(_consumer, _lanes, _errors, time);
        _ends = new EndWatch(_consumer, status, options, time, logger);
    }

    /// <summary>Reads until asked to stop or until a client fails. The thread is the method's own: Kafka's calls block.</summary>
    public Task<ConsumerEnd> RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        // A client that is being closed is freed by whoever closes it.
        if (_closing is null)
        {
            _ends.Dispose();
            _consumer.Dispose();
        }
        _lanes.Dispose();
    }

    private ConsumerEnd Run(CancellationToken stop)
    {
        // 1. Subscribe.
        _status.WaitFor("the group has not yet given this member its partitions");
        _consumer.Subscribe(_options.InputTopics);
        Log.Reading(_logger, string.Join(", ", _options.InputTopics), _options.Group, Describe(o => o.Results), Describe(o => o.Errors));
        using (new WakeUpCall(() => Task.FromResult(_consumer.Assignment), _time))
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
        return HasFailed() ? ConsumerEnd.ClientFailed : stop.IsCancellationRequested ? ConsumerEnd.Stopped : ConsumerEnd.TopicMadeAnew;
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

    /// <summary>
    /// Finishes what was read, polling on so that the group keeps this member; gives up when only what waits for a model is left, or
    /// time is over. Then awaits the last commit, still as a member: what is stored when the group is left may not be committed any more.
    /// </summary>
    private void Finish()
    {
        var start = _time.GetTimestamp();
        var isStopping = !_topics.HaveChanged;
        _status.WaitFor("it is being stopped");
        if (isStopping) Log.Draining(_logger, _lanes.UnderWay);
        _rebalances.Leave();
        _errors.Try(() => _consumer.Pause(_lanes.All.Keys));
        foreach (var lane in _lanes.All.Values) lane.Complete();
        var (underWay, since) = (_lanes.UnderWay, start);
        PollWhile(() => _lanes.UnderWay > 0 && !IsStuck(), DrainPatience);

        foreach (var lane in _lanes.All.Values) lane.Cancel();
        PollWhile(() => !_lanes.HaveEnded || _positions.Uncommitted.Any(), CommitPatience);
        var (unfinished, uncommitted) = (_lanes.UnderWay, _positions.Uncommitted.ToList());
        if (unfinished > 0) Log.Unfinished(_logger, unfinished);
        if (uncommitted.Count > 0) Log.Uncommitted(_logger, Rebalances.Describe(uncommitted));
        else if (unfinished == 0 && isStopping && _lanes.All.Count == 0) Log.StoppedWithoutPartitions(_logger);
        else if (unfinished == 0 && isStopping) Log.Stopped(_logger);

        void PollWhile(Func<bool> isGoingOn, TimeSpan patience)
        {
            while (isGoingOn() && !HasFailed() && _time.GetElapsedTime(start) < patience) Turn(ShortPoll);
        }

        bool IsStuck()
        {
            if (_lanes.UnderWay != underWay) (underWay, since) = (_lanes.UnderWay, _time.GetTimestamp());
            return _engine.IsHolding && _time.GetElapsedTime(since) >= HoldPatience;
        }
    }

    /// <summary>
    /// Leaves the group. When the broker does not answer that, the client is left to itself, and freed when it is done; nobody else
    /// touches it any more.
    /// </summary>
    private void Leave()
    {
        _closing = Task.Factory.StartNew(CloseAndFree, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task.WaitAny([_closing], LeavePatience);
        if (!_closing.IsCompleted) Log.NotLeft(_logger, LeavePatience.TotalSeconds, _options.Group);
        _rebalances.EndAll();
        if (_closing.IsFaulted) _closing.GetAwaiter().GetResult();

        void CloseAndFree()
        {
            _ends.Dispose();
            // One that has failed for good refuses even this.
            _errors.Try(_consumer.Close);
            _consumer.Dispose();
        }
    }

    /// <summary>Whether a client is beyond repair.</summary>
    private bool HasFailed()
    {
        _lanes.ThrowIfFaulted();
        return _errors.IsFatal || _publisher.Fatal.IsCompleted;
    }

    private string Describe(Func<OutputTopics, string> topic) =>
        string.Join(", ", _options.RouteOutputs.Values.Append(_options.Output).Select(topic).Where(t => t.Length > 0).Distinct());
}
