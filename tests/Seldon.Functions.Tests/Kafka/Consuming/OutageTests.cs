using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Invariant 2: an outage is no fault of the record. The host holds, keeps its partitions, and goes on.</summary>
public class OutageTests
{
    /// <summary>A member that does not poll for so long loses its partitions.</summary>
    private static readonly (string, string?) MaxPollInterval = ("Seldon:Kafka:Consumer:max.poll.interval.ms", "1000");

    private static readonly TimeSpan LongerThanMaxPollInterval = TimeSpan.FromSeconds(2.5);

    [Fact]
    public async Task ModelIsGone_RecordsWaitAndThePartitionsStayAndThenAllComesOut()
    {
        await using var bed = await TestBed.CreateAsync();
        var host = bed.Start(MaxPollInterval);
        using var published = bed.Read();
        var before = Input.Spread(4, 5);
        await bed.ProduceAsync(before);
        await published.UntilSources(before.Count);
        await Until.True(() => bed.Committed().Sum() == before.Count);

        await bed.Model.StopAsync();
        var during = Input.Spread(4, 50, first: 5);
        await bed.ProduceAsync(during);
        await Until.True(() => host.Logs.Has("cannot be reached", LogLevel.Warning));
        await HasHeldLongerThanMaxPollInterval(host);
        await published.UntilEnd();
        Assert.Equal(before.Count, published.All.Count);
        Assert.Equal(before.Count, bed.Committed().Sum());

        await bed.Model.RestartAsync();
        await Account.EachOnceInOrderAsync([.. before, .. during], published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
        Assert.True(host.Logs.Has("Resuming", LogLevel.Information));
    }

    [Fact]
    public async Task ModelAnswers503_RecordsWaitAndThePartitionsStayAndThenAllComesOut()
    {
        await using var bed = await TestBed.CreateAsync();
        var host = bed.Start(MaxPollInterval);
        using var published = bed.Read();
        // Both endpoints have said once that they are ready, so that the calls meet the outage first.
        await Until.True(() => host.Logs.Has("Assigned") && bed.Model.Probes.Count >= 2);
        bed.Model.Script = _ => Reactions.Http(503, "{}");
        bed.Model.Readiness = Reactions.NotReady;
        var inputs = Input.Spread(4, 50);
        await bed.ProduceAsync(inputs);
        await Until.True(() => host.Logs.Has("the model is not available", LogLevel.Warning));
        await HasHeldLongerThanMaxPollInterval(host);
        await published.UntilEnd();
        Assert.Empty(published.All);
        Assert.Equal(0, bed.Committed().Sum());

        bed.Model.Script = _ => Reactions.Digest;
        bed.Model.Readiness = Reactions.Ready;
        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
    }

    [Fact]
    public async Task BrokerIsGone_ResultsWaitAndThenAllComesOut()
    {
        await using var bed = await TestBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(_ => true, released.Task);
        var inputs = Input.Spread(4, 50);
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("KAFKA_WORKERS", "200"));
        using var published = bed.Read();
        await Until.True(() => bed.Model.Calls.Count == inputs.Count);

        bed.Broker.SetBrokerDown(1);
        released.SetResult();
        await Until.True(() => host.Logs.Has("Waiting for Kafka", LogLevel.Warning));
        Assert.False(host.HasEnded);

        bed.Broker.SetBrokerUp(1);
        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
        Assert.Equal(inputs.Count, bed.Committed().Sum());
    }

    private static async Task HasHeldLongerThanMaxPollInterval(RunningHost host)
    {
        // Nothing is to happen, for a time; there is no condition to wait for but the time itself.
        var start = Stopwatch.GetTimestamp();
        await Until.True(() => Stopwatch.GetElapsedTime(start) > LongerThanMaxPollInterval);
        Assert.False(host.HasEnded);
        Assert.False(host.Logs.Has("Lost"));
        Assert.False(host.Logs.Has("Revoked"));
        Assert.False(host.Logs.Has("MaxPollExceeded"));
    }
}
