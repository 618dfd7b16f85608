using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>The end of a host by a defect: nothing goes on that would ask what is gone.</summary>
public class AssignmentTests
{
    [Fact]
    public async Task DisposedOfWithCallsUnderWay_TheCallsEndAndNothingIsSaidOfTheirRecords()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Model.Script = _ => Reactions.Hang;
        using var logs = new CapturedLogs();
        var (settings, time) = (bed.ReadSettings(), TimeProvider.System);
        await using var engine = InferenceEngine.Create(settings.Engine, logs, time);
        using var outbox = new Outbox(settings.Kafka, time, logs);
        var lanes = new Assignment(engine, outbox, settings.Kafka, new StreamStatus(settings.Kafka, time), time);
        lanes.Add([new TopicPartition(TestBed.Input, 0)]);
        var lane = lanes.All.Values.Single();
        var record = TestRecords.Good(Transport.Rest);
        lane.NoteRead(record);
        Assert.True(lane.TryAdd(record));
        await Until.True(() => bed.Model.Calls.Count > 0);

        lanes.Dispose();

        await Until.True(() => lane.Completion.IsCompleted);
        Assert.DoesNotContain(logs.Lines, l => l.Level >= LogLevel.Warning);
    }
}
