using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>What the broker does not take holds back what comes after it in its partition.</summary>
public sealed class HeldDeliveryTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<long> _handedOver = new();
    private readonly ConcurrentQueue<long> _positions = new();
    private readonly CapturedLogs _logs = new();
    private TestBed _bed = null!;
    private KafkaPublisher _publisher = null!;

    public async ValueTask InitializeAsync()
    {
        _bed = await TestBed.CreateAsync(inputs: 1);
        _publisher = new KafkaPublisher(_bed.ReadSettings().Kafka, TimeProvider.System, _logs);
    }

    public async ValueTask DisposeAsync()
    {
        _publisher.Dispose();
        _logs.Dispose();
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task RecordIsNotTaken_LaterOnesAreHandedOverWhenItIs()
    {
        await WithLaneAsync(
            (offset, publication, failed) => _handedOver.Count > 1 ? _publisher.InOrder()(publication, failed) : NotTaken(DeliveryKind.Held, failed),
            async read =>
            {
                read(0);
                await Until.True(() => _logs.Has("takes no records", LogLevel.Error));
                read(1);
            },
            [0, 1]);
        Assert.Equal([-1L, 1L], _positions);
    }

    [Fact]
    public async Task RecordIsRefusedBeforeLaterOnesAreSent_TheseAreHandedOverAgainInOrder()
    {
        var refused = new TaskCompletionSource();
        await WithLaneAsync(
            async (offset, publication, failed) =>
            {
                if (_handedOver.Count > 4) return await _publisher.InOrder()(publication, failed);
                await refused.Task;
                return await NotTaken(offset == 0 ? DeliveryKind.TooLarge : DeliveryKind.Unsent, failed);
            },
            async read =>
            {
                for (var offset = 0; offset < 4; offset++) read(offset);
                await Until.True(() => _handedOver.Count == 4);
                refused.SetResult();
            },
            [0, 1, 2, 3, 1, 2, 3]);
    }

    [Fact]
    public async Task RecordsRefusedAmongThoseNotSent_AllAreHandedOverAgainInOrder()
    {
        var refused = new TaskCompletionSource();
        await WithLaneAsync(
            async (offset, publication, failed) =>
            {
                var attempt = _handedOver.Count(o => o == offset);
                if (attempt == 1) await refused.Task;
                // 0 is refused at first, 2 when it comes again, and 3 is not sent for the sake of either.
                return (offset, attempt) switch
                {
                    (0, 1) or (2, 2) => await NotTaken(DeliveryKind.TooLarge, failed),
                    (_, 1) or (3, 2) => await NotTaken(DeliveryKind.Unsent, failed),
                    _ => await _publisher.InOrder()(publication, failed),
                };
            },
            async read =>
            {
                for (var offset = 0; offset < 4; offset++) read(offset);
                await Until.True(() => _handedOver.Count == 4);
                refused.SetResult();
            },
            [0, 1, 2, 3, 1, 2, 3, 3]);
    }

    /// <summary>Lets a lane read four records at most, of which each becomes a dead letter, and sees what it handed over and what came out.</summary>
    private async Task WithLaneAsync(
        Func<long, ProducerRecord, Action, Task<Delivery>> send, Func<Action<long>, Task> act, long[] handedOver)
    {
        await using var engine = EngineUnderTest.With(_bed.SettingsWith());
        // The clock stands still: what is held is tried again when the test moves it on.
        var (options, clock, count) = (_bed.ReadSettings().Kafka, EngineUnderTest.StandingClock(), handedOver.Distinct().Count());
        using var window = new Window(options.WindowRecords, options.WindowBytes) { Lanes = 1 };
        PartitionLane? started = null;
        using var lane = started = new PartitionLane(engine.Engine, _publisher, options, window, clock, _logs, () => (publication, failed) =>
        {
            var offset = long.Parse(TextOf(publication.Headers, "seldon-error-offset"), CultureInfo.InvariantCulture);
            _positions.Enqueue(started!.Progress.Position);
            _handedOver.Enqueue(offset);
            return send(offset, publication, failed!);
        });
        await act(offset =>
        {
            // Without a value it is rejected at once, without a model.
            var record = new Record(TestBed.Input, 0, offset, 0, null, null, []);
            lane.NoteRead(record);
            Assert.True(lane.TryAdd(record));
        });
        await Until.True(() => lane.Progress.Position == count, clock);
        lane.Complete();
        await lane.Completion;

        Assert.Equal(handedOver, _handedOver);
        using var published = _bed.Read();
        await published.UntilSources(count);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), published.DeadLetters.Select(d => d.Source.Offset));
    }

    private static string TextOf(IReadOnlyList<Header> headers, string name) => Encoding.UTF8.GetString(headers.Single(h => h.Name == name).Value!);

    private static Task<Delivery> NotTaken(DeliveryKind kind, Action failed)
    {
        failed();
        return Task.FromResult(new Delivery(kind, "for a test"));
    }
}
