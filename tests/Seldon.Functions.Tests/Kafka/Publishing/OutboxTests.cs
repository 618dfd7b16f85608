using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>What becomes of records that lanes hand to the outbox. They have no values, so each becomes a dead letter without a model.</summary>
public sealed class OutboxTests : IAsyncLifetime
{
    private const int TopicAuthorizationFailed = 29;
    private const int OutOfOrderSequenceNumber = 45;

    private readonly CapturedLogs _logs = new();
    private TestBed _bed = null!;
    private EngineUnderTest _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _bed = await TestBed.CreateAsync(inputs: 4, errors: 1);
        _engine = EngineUnderTest.With(_bed.SettingsWith());
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _bed.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task FirstRecordOfARowIsRefused_NothingStandsBeforeIt()
    {
        // Each record is a batch of its own, so that the client has the next one ready.
        using var scene = new Scene(this, ("Seldon:Kafka:Producer:batch.num.messages", "1"));
        _bed.Broker.PushProduceErrors(TopicAuthorizationFailed);
        scene.Read(20);

        await Until.True(() => scene.Lane.Progress.Position == 20);
        await AssertOnceInOrderAsync(20);
        Assert.True(_logs.Has("accepts no records", LogLevel.Error));
        Assert.True(_logs.Has("accepts records again", LogLevel.Information));
    }

    [Fact]
    public async Task LaterBatchIsRefused_ItsRecordsAndAllBehindThemComeInOrder()
    {
        using var scene = new Scene(this, ("Seldon:Kafka:Producer:batch.num.messages", "7"));
        scene.Read(20);
        await Until.True(() => scene.Lane.Progress.Position == 20);
        for (var more = 0; more < 5; more++)
        {
            _bed.Broker.PushProduceErrors(TopicAuthorizationFailed);
            scene.Read(50);
        }

        await Until.True(() => scene.Lane.Progress.Position == 270);
        await AssertOnceInOrderAsync(270);
    }

    [Fact]
    public async Task TopicTakesNothing_RecordsWaitUncommittedUntilItDoes()
    {
        var clock = EngineUnderTest.StandingClock();
        using var scene = new Scene(this, clock);
        _bed.Broker.PushProduceErrors([.. Enumerable.Repeat(TopicAuthorizationFailed, 5)]);
        scene.Read(3);

        // The clock stands still: what is held is tried again when the test moves it on.
        await Until.True(() => _logs.Has("accepts no records", LogLevel.Error));
        Assert.Equal((-1, 3), (scene.Lane.Progress.Position, scene.Lane.Progress.Count));
        await Until.True(() => scene.Lane.Progress.Position == 3, clock);
        await AssertOnceInOrderAsync(3);
    }

    [Fact]
    public async Task PartitionIsTakenAwayWhileTheBrokerIsSilent_WhatWasSentIsAwaitedAndNothingElseIsSent()
    {
        using var scene = new Scene(this);
        scene.Read(5);
        await Until.True(() => scene.Lane.Progress.Position == 5);
        _bed.Broker.SetBrokerDown(1);
        scene.Read(5);
        await scene.UntilDecidedAsync(10);

        scene.Lane.Cancel();
        scene.Read(5);
        Assert.False(scene.Lane.Completion.IsCompleted);
        _bed.Broker.SetBrokerUp(1);

        await Until.True(() => scene.Lane.Completion.IsCompleted);
        using var published = await ReadAsync();
        Assert.Equal(scene.Lane.Progress.Position, published.All.Count);
        Assert.InRange(scene.Lane.Progress.Position, 5, 10);
    }

    [Fact]
    public async Task PartitionIsTakenAwayWhileItsTopicTakesNothing_DoesNotWaitForTheTopic()
    {
        using var scene = new Scene(this, EngineUnderTest.StandingClock());
        _bed.Broker.PushProduceErrors([.. Enumerable.Repeat(TopicAuthorizationFailed, 5)]);
        scene.Read(5);
        await Until.True(() => _logs.Has("accepts no records", LogLevel.Error));

        scene.Lane.Cancel();
        await Until.True(() => scene.Lane.Completion.IsCompleted);
        Assert.Equal(-1, scene.Lane.Progress.Position);
    }

    [Fact]
    public async Task PartitionIsLost_WhatIsReportedLaterMovesNothing()
    {
        using var scene = new Scene(this);
        scene.Read(1);
        await Until.True(() => scene.Lane.Progress.Position == 1);
        _bed.Broker.SetBrokerDown(1);
        scene.Read(5);
        await scene.UntilDecidedAsync(6);
        scene.Lose();
        _bed.Broker.SetBrokerUp(1);

        // Another lane's record goes through the same row, behind them.
        var other = scene.Another();
        scene.Read(1, other);
        await Until.True(() => other.Progress.Position == 1);
        Assert.Equal(1, scene.Lane.Progress.Position);
    }

    [Fact]
    public async Task ProducerFailsForGood_LanesEndAndNothingMoreIsAcknowledged()
    {
        using var scene = new Scene(this);
        _bed.Broker.PushProduceErrors(OutOfOrderSequenceNumber);
        scene.Read(10);

        await Until.True(() => scene.Outbox.Fatal.IsCompleted);
        scene.Lane.Cancel();
        await Until.True(() => scene.Lane.Completion.IsCompleted);
        Assert.Equal(-1, scene.Lane.Progress.Position);
    }

    [Fact]
    public async Task SeveralLanesShareARow_EachIsInItsOrder()
    {
        using var scene = new Scene(this);
        var other = scene.Another();
        scene.Read(1);
        await Until.True(() => scene.Lane.Progress.Position == 1);
        scene.Read(100);
        scene.Read(100, other);
        await Until.True(() => scene.Lane.Progress.Position == 101 && other.Progress.Position == 100);
        using var published = await ReadAsync();
        Account.InOrder(published);
    }

    private async Task AssertOnceInOrderAsync(int count)
    {
        using var published = await ReadAsync();
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), published.DeadLetters.Select(d => d.Source.Offset));
    }

    private async Task<Published> ReadAsync()
    {
        var published = _bed.Read();
        await published.UntilEnd();
        return published;
    }

    /// <summary>An outbox, and a lane that reads.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly OutboxTests _test;
        private readonly Seldon.Functions.Kafka.KafkaOptions _options;
        private readonly TimeProvider _time;
        private readonly Window _window = new(int.MaxValue, long.MaxValue);
        private readonly Dictionary<PartitionLane, (int Partition, long Next)> _lanes = [];

        public Scene(OutboxTests test, params (string Name, string? Value)[] settings) : this(test, TimeProvider.System, settings)
        {
        }

        public Scene(OutboxTests test, TimeProvider time, params (string Name, string? Value)[] settings)
        {
            (_test, _time) = (test, time);
            _options = test._bed.ReadSettings(settings).Kafka;
            Outbox = new Outbox(_options, time, test._logs);
            Lane = Another();
        }

        public Outbox Outbox { get; }

        public PartitionLane Lane { get; }

        /// <summary>Waits until so many records, of all that were read, have come to the outbox.</summary>
        public async Task UntilDecidedAsync(int count)
        {
            await Until.True(() => _test._engine.Logs.Lines.Count(l => l.Text.Contains("is rejected", StringComparison.Ordinal)) >= count);
            var seen = new TaskCompletionSource();
            Outbox.Post(seen.SetResult);
            await seen.Task;
        }

        public PartitionLane Another()
        {
            var lane = new PartitionLane(_test._engine.Engine, Outbox, _options, _window, _time);
            _lanes[lane] = (_lanes.Count, 0);
            return lane;
        }

        public void Read(int count, PartitionLane? lane = null)
        {
            lane ??= Lane;
            var (partition, next) = _lanes[lane];
            for (var offset = next; offset < next + count; offset++)
            {
                var record = new Record(TestBed.Input, partition, offset, 0, null, null, []);
                lane.NoteRead(record);
                Assert.True(lane.TryAdd(record));
            }
            _lanes[lane] = (partition, next + count);
        }

        public void Lose()
        {
            _lanes.Remove(Lane);
            Lane.Dispose();
        }

        public void Dispose()
        {
            foreach (var lane in _lanes.Keys) lane.Dispose();
            Outbox.Dispose();
            _window.Dispose();
        }
    }
}
