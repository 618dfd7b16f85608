using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>A Kafka client that cannot continue is re-created, and work goes on from the committed offsets.</summary>
public class RebuildTests
{
    private const int OutOfOrderSequenceNumber = 45;

    [Fact]
    public async Task ProducerFailsForGood_ClientsAreMadeAnewAndNothingIsLost()
    {
        await using var bed = await TestBed.CreateAsync();
        var host = bed.Start();
        using var published = bed.Read();
        var before = Input.Spread(4, 10);
        await bed.ProduceAsync(before);
        await published.UntilSources(before.Count);
        await Until.True(() => bed.Committed().Sum() == before.Count);

        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(_ => true, released.Task);
        var after = Input.Spread(4, 50, first: 10);
        await bed.ProduceAsync(after);
        await Until.True(() => bed.Model.Calls.Count >= before.Count + 16);
        bed.Broker.PushProduceErrors(OutOfOrderSequenceNumber);
        released.SetResult();

        await published.UntilSources(before.Count + after.Count);
        Assert.Equal((4, null), (host.Status.Lanes.Count, host.Status.NotReady));
        Assert.Single(StreamGauges.Streams.Select(s => s), s => s == host.Status);
        await host.StopAsync();
        Assert.Empty(host.Status.Lanes);
        Assert.DoesNotContain(StreamGauges.Streams.Select(s => s), s => s == host.Status);
        await published.UntilEnd();
        Assert.True(host.Logs.Has("A Kafka client cannot continue", LogLevel.Warning));
        Account.NothingIsLost([.. before, .. after], published);
        Account.InOrder(published, restarts: 1);
        Assert.Empty(published.DeadLetters);
        Assert.Equal(before.Count + after.Count, bed.Committed().Sum());
    }
}
