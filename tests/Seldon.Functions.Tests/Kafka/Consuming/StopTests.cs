using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Stopping: what is in flight is finished, published and committed; what cannot be finished is left to the next.</summary>
public class StopTests
{
    private const short OffsetCommit = 8;
    private const int Refused = 30; // GROUP_AUTHORIZATION_FAILED

    [Fact]
    public async Task StoppedInMidStream_AllPublishedIsCommittedAndNothingComesTwice()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = Latency.UpTo(20);
        var inputs = Input.Spread(4, 200);
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        for (var stops = 1; published.Sources < inputs.Count; stops++)
        {
            var host = bed.Start(("KAFKA_WORKERS", "16"), ("Seldon:Window:Records", "100"));
            await published.UntilSources(Math.Min(inputs.Count, stops * 250));
            await host.StopAsync();
            await published.UntilEnd();

            Assert.True(host.Logs.Has("everything that was read is published and committed"));
            var come = Enumerable.Range(0, 4).Select(partition => (long)published.All.Count(p => p.Source.Partition == partition));
            Assert.Equal(come, bed.Committed());
        }

        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task StoppedWhileTheModelIsGone_EndsAndTheRecordsComeAfterTheRestart()
    {
        await using var bed = await TestBed.CreateAsync();
        var inputs = Input.Spread(4, 20);
        var host = bed.Start();
        using var published = bed.Read();
        await Until.True(() => host.Logs.Has("Assigned"));
        await bed.Model.StopAsync();
        await bed.ProduceAsync(inputs);
        await Until.True(() => host.Logs.Has("Holding"));

        var start = Stopwatch.GetTimestamp();
        await host.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.True(host.Logs.Has("unfinished"));
        Assert.Equal(0, bed.Committed().Sum());

        await bed.Model.RestartAsync();
        bed.Start();
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task StoppedWhileAModelPushesBack_EndsAndTheRecordsComeAfterTheRestart()
    {
        await using var bed = await TestBed.CreateAsync();
        var inputs = Input.Spread(4, 20);
        bed.Model.Script = _ => Reactions.Out;
        var host = bed.Start();
        using var published = bed.Read();
        await bed.ProduceAsync(inputs);
        await Until.True(() => bed.Model.Calls.Count > 4);

        var start = Stopwatch.GetTimestamp();
        await host.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.False(host.Logs.Has("Holding"));
        Assert.True(host.Logs.Has("unfinished"));
        Assert.Equal(0, bed.Committed().Sum());

        bed.Model.Script = _ => Reactions.Digest;
        bed.Start();
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task StoppedWhileTheOutputIsDown_NothingIsCommittedAndRecordsComeLater()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var inputs = Input.Many(0, 20).ToList();
        await bed.ProduceAsync(inputs);
        bed.Broker.PushProduceErrors([.. Enumerable.Repeat(29, 1000)]);
        var host = bed.Start();
        await Until.True(() => host.Logs.Has("accepts no records"));
        await host.StopAsync();
        Assert.Equal(0, bed.Committed()[0]);

        bed.Broker.ClearRequestErrors(0);
        bed.Start();
        using var published = bed.Read();
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task StoppedWhileCommitsAreRefused_EndsOnlyWhenTheLastOneIsConfirmed()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Broker.PushRequestErrors(OffsetCommit, [.. Enumerable.Repeat(Refused, 8)]);
        var host = await StartAndPublishAsync(bed, 20);
        await host.StopAsync();

        Assert.True(host.Logs.Has("everything that was read is published and committed"));
        Assert.Equal(20, bed.Committed()[0]);
    }

    [Fact]
    public async Task StoppedWhileTheLastCommitIsNeverConfirmed_EndsAndSaysWhatMayComeAgain()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Broker.PushRequestErrors(OffsetCommit, [.. Enumerable.Repeat(Refused, 1000)]);
        var host = await StartAndPublishAsync(bed, 20);
        await host.StopAsync();

        Assert.True(host.Logs.Has("Stopped before the broker confirmed the last commit of", LogLevel.Warning));
        Assert.False(host.Logs.Has("everything that was read"));
    }

    private static async Task<RunningHost> StartAndPublishAsync(TestBed bed, int count)
    {
        await bed.ProduceAsync(Input.Many(0, count));
        using var published = bed.Read();
        var host = bed.Start();
        await published.UntilSources(count);
        return host;
    }
}
