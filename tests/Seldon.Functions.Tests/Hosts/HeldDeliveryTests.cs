using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Hosts;

/// <summary>What the broker does not take for the moment holds back what comes after it in its partition.</summary>
public class HeldDeliveryTests
{
    [Fact]
    public async Task RecordIsNotTaken_LaterOnesAreHandedOverWhenItIs()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        await using var engine = EngineUnderTest.With(bed.SettingsWith());
        var (options, clock, logs) = (bed.ReadSettings().Kafka, EngineUnderTest.StandingClock(), new CapturedLogs());
        using var publisher = new KafkaPublisher(options, TimeProvider.System, logs);
        using var window = new Window(options.WindowRecords, options.WindowBytes) { Lanes = 1 };
        var handedOver = new ConcurrentQueue<long>();
        PartitionLane? lane = null;
        lane = new PartitionLane(engine.Engine, publisher, options, window, clock, logs, publication =>
        {
            handedOver.Enqueue(lane!.Progress.Position);
            return handedOver.Count == 1 ? Task.FromResult(new Delivery(DeliveryKind.Held, "for a test")) : publisher.Send(publication);
        });

        // Neither has a value: both are rejected at once, without a model. The clock stands still: nothing is tried again.
        Read(0);
        await Until.True(() => logs.Has("takes no records", LogLevel.Error));
        Read(1);

        await Until.True(() => lane.Progress.Position == 2, clock);
        Assert.Equal([-1L, 1L], handedOver);
        lane.Complete();
        await lane.Completion;
        lane.Dispose();

        void Read(long offset)
        {
            var record = new Record(TestBed.Input, 0, offset, 0, null, null, []);
            lane.NoteRead(record);
            Assert.True(lane.TryAdd(record));
        }
    }
}
