namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Partitions change hands in mid-stream.</summary>
public class RebalanceTests
{
    [Fact]
    public async Task SecondHostJoinsAndLeavesInMidStream_NothingIsLostAndNothingTwice()
    {
        await using var bed = await TestBed.CreateAsync();
        // Slow until the second host is there, so that the stream is not over before.
        bed.Model.Script = Latency.UpTo(200);
        var inputs = Input.Spread(4, 500);
        await bed.ProduceAsync(inputs);
        var first = bed.Start(("KAFKA_WORKERS", "8"));
        using var published = bed.Read();
        await published.UntilSources(100);

        var second = bed.Start(("KAFKA_WORKERS", "8"));
        await published.Until(() => second.Logs.Has("Assigned") && first.Logs.Has("Revoked"), "the second host has partitions");
        var then = published.Sources;
        Assert.True(then + 300 < inputs.Count, "The stream was over too soon to say anything.");
        bed.Model.Script = Latency.UpTo(20);
        await published.UntilSources(then + 300);
        await second.StopAsync();
        await Account.EachOnceInOrderAsync(inputs, published, first.StopAsync);
        Assert.Equal([500, 500, 500, 500], bed.Committed());
        Assert.False(first.Logs.Has("Lost") || second.Logs.Has("Lost"));
    }
}
