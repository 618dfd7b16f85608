using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Invariant 4: an offset is committed only when its record and all before it are acknowledged.</summary>
public class CommitTests
{
    [Fact]
    public async Task ModelHoldsOneRecordBack_CommittedOffsetStaysAtIt()
    {
        await using var bed = await TestBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(call => call.Says("\"2-7\""), released.Task);
        var inputs = Input.Spread(4, 20);
        await bed.ProduceAsync(inputs);
        var host = bed.Start();
        using var published = bed.Read();

        // All others are answered, and what stands before the one is committed.
        await Until.True(() => bed.Model.Calls.Count == inputs.Count);
        await Until.True(() => bed.Committed() is [20, 20, 7, 20]);
        await Stays(() => bed.Committed()[2] == 7);

        released.SetResult();
        await published.UntilSources(inputs.Count);
        await Until.True(() => bed.Committed() is [20, 20, 20, 20]);
        await host.StopAsync();
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task StreamIsRunning_CommittedOffsetNeverPassesWhatIsPublished()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = Latency.UpTo(20);
        var inputs = Input.Spread(4, 500);
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("KAFKA_WORKERS", "4"));
        using var published = bed.Read();

        var looks = 0;
        while (published.Sources < inputs.Count)
        {
            // First the committed offsets, then the topics: what is committed must stand there already.
            var committed = bed.Committed();
            await published.UntilEnd();
            for (var p = 0; p < 4; p++)
            {
                for (var offset = 0; offset < committed[p]; offset++) Assert.True(published.Contains(new Place(p, offset)), $"{p}/{offset} of {committed[p]}");
            }
            looks++;
        }

        Assert.True(looks > 3, "The stream was over too soon to say anything.");
        await host.StopAsync();
        Assert.Equal([500, 500, 500, 500], bed.Committed());
    }

    [Theory]
    [InlineData(6)] // NOT_LEADER_OR_FOLLOWER
    [InlineData(19)] // NOT_ENOUGH_REPLICAS
    [InlineData(7)] // REQUEST_TIMED_OUT
    public async Task BrokerRefusesForTheMoment_NothingIsLostAndOrderIsKept(int code)
    {
        await using var bed = await TestBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(_ => true, released.Task);
        var inputs = Input.Spread(4, 50);
        await bed.ProduceAsync(inputs);
        // One batch a partition: the mock broker checks no sequence numbers, so it would take a later batch before the one that it
        // has refused, and the idempotent client, which knows that a real broker cannot, takes that for the first one's acknowledgement.
        var host = bed.Start(("KAFKA_WORKERS", "200"), ("Seldon:Kafka:Producer:linger.ms", "300"));
        using var published = bed.Read();
        await Until.True(() => bed.Model.Calls.Count == inputs.Count);
        bed.Broker.PushProduceErrors([.. Enumerable.Repeat(code, 8)]);
        released.SetResult();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
        Assert.Equal(inputs.Count, bed.Committed().Sum());
    }

    [Theory]
    [InlineData(29)] // TOPIC_AUTHORIZATION_FAILED
    [InlineData(32)] // INVALID_TIMESTAMP: this machine's clock is hours ahead
    public async Task OutputTopicRefusesEverything_RecordsAreHeldWithAnErrorThenResumed(int code)
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var inputs = Input.Many(0, 50).ToList();
        await bed.ProduceAsync(inputs);
        bed.Broker.PushProduceErrors([.. Enumerable.Repeat(code, 3)]);
        var host = bed.Start();
        using var published = bed.Read();

        await Until.True(() => host.Logs.Has("accepts no records", LogLevel.Error));
        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
        Assert.True(host.Logs.Has("accepts records again", LogLevel.Information));
    }

    /// <summary>The condition holds now and goes on to hold for a second, which is five commits.</summary>
    private static async Task Stays(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        await Until.True(() =>
        {
            Assert.True(condition());
            return Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(1);
        });
    }
}
