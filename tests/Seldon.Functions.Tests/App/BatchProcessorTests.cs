using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.App;

/// <summary>What becomes of a batch when broker or producer fail.</summary>
public class BatchProcessorTests
{
    private const int OutOfOrderSequenceNumber = 45;

    [Fact]
    public async Task CancelledWhileAcknowledgementsDoNotCome_TheyAreAwaitedForFourSeconds()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var app = await bed.AppAsync();
        await app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 1)), CancellationToken.None);
        bed.Bed.Broker.SetBrokerDown(1);

        // The model's answer may not have been handed to the producer yet when the batch is cancelled: then it is not awaited.
        var seconds = 0.0;
        for (var calls = 2; seconds < 3.9 && calls < 20; calls++)
        {
            using var cancel = new CancellationTokenSource();
            var run = app.InvokeAsync(FunctionBed.Batch([Input.Of(0, "key", "{}")]), cancel.Token);
            await Until.True(() => bed.Bed.Model.Calls.Count == calls);
            var start = Stopwatch.GetTimestamp();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Assert.InRange(seconds, 3.9, 5);
        bed.Bed.Broker.SetBrokerUp(1);
    }

    [Fact]
    public async Task ProducerFailsForGood_IsMadeAnewAndOnlyRecordsOfTheBatchComeTwice()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var app = await bed.AppAsync();
        var before = Input.Spread(4, 10);
        await app.InvokeAsync(FunctionBed.Batch(before), CancellationToken.None);
        var released = new TaskCompletionSource();
        bed.Bed.Model.Script = Latency.HoldBack(call => call.Says("\"1-20\""), released.Task);
        Input[] all = [.. before, .. Input.Spread(4, 50, first: 10)];

        var run = app.InvokeAsync(FunctionBed.Batch(all)[before.Count..], CancellationToken.None);
        await Until.True(() => bed.Bed.Model.Calls.Count == all.Length);
        using var published = bed.Bed.Read();
        // The other partitions are done, and this one up to the record that is held back.
        await published.UntilSources(all.Length - 40);
        bed.Bed.Broker.PushProduceErrors(OutOfOrderSequenceNumber);
        released.SetResult();
        await run;

        await published.UntilEnd();
        Account.NothingIsLost(all, published);
        Account.InOrder(published, restarts: 1);
        Assert.Empty(published.DeadLetters);
        Assert.True(bed.Logs.Has("The Kafka producer cannot continue", LogLevel.Warning));
        var twice = published.All.GroupBy(p => p.Source).Where(g => g.Count() > 1).Select(g => g.Key);
        Assert.All(twice, place => Assert.True(place is { Partition: 1, Offset: >= 20 }, $"{place} came twice."));
    }
}
