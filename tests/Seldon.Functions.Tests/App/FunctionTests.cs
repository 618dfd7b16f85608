using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.App;

/// <summary>The worker process, given one batch.</summary>
public class FunctionTests
{
    private const int TopicAuthorizationFailed = 29;

    [Fact]
    public async Task EmptyBatch_ReturnsNothing()
    {
        await using var bed = await FunctionBed.CreateAsync();

        var output = await (await bed.AppAsync()).InvokeAsync([], CancellationToken.None);

        Assert.Null(output.Results);
        Assert.Null(output.DeadLetters);
        Assert.Empty(bed.Bed.Model.Calls);
    }

    [Fact]
    public async Task PoisonRecordAmongGoodOnes_AllAreAcknowledgedWhenTheFunctionReturns()
    {
        await using var bed = await FunctionBed.CreateAsync();
        Input[] inputs = [.. Input.Spread(4, 25), Input.Of(1, "k", "[]"), .. Input.Spread(4, 25, first: 25)];

        var output = await (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);

        Assert.Null(output.Results);
        Assert.Null(output.DeadLetters);
        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
        Assert.Equal(("invalid-json", new Place(1, 25)), (Assert.Single(published.DeadLetters).Reason, published.DeadLetters.Single().Source));
    }

    [Fact]
    public async Task KeyThatIsNotUtf8AndNullHeaderAndMegabyteValue_ComeOutByteForByte()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = _ => Reactions.Http(200, """{"predictions":[1]}""");
        byte[] key = [0xff, 0x00, 0x80];
        Input[] inputs =
        [
            new(0, key, """{"a":1}"""u8.ToArray(), new Header("nothing", null), new Header("bytes", [0xff])),
            Input.Of(0, "large", $$"""{"a":"{{new string('x', 1_000_000)}}"}"""),
            new(0, key, [0xff, 0xfe], new Header("nothing", null)),
        ];

        await (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);

        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Account.EachOnce(inputs, published);
        Assert.Contains(bed.Bed.Model.Calls, c => c.Body.AsSpan().SequenceEqual(inputs[1].Value));
        var result = published.Results.Single(p => p.Source.Offset == 0).Record;
        Assert.Equal(key, result.Key);
        Assert.Contains(result.Headers, h => h is { Name: "nothing", Value: null });
        Assert.Contains(result.Headers, h => h is { Name: "bytes", Value: [0xff] });
        var deadLetter = Assert.Single(published.DeadLetters).Record;
        Assert.Equal(key, deadLetter.Key);
        Assert.Equal([0xff, 0xfe], deadLetter.Value!);
    }

    [Fact]
    public async Task RecordWithoutHeadersAndTimestamp_IsAnswered()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var record = FunctionBed.Batch([Input.Of(0, null, "{}")])[0];
        (record.Headers, record.Timestamp) = (null!, null!);

        await (await bed.AppAsync()).InvokeAsync([record], CancellationToken.None);

        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Assert.Equal("0", Assert.Single(published.Results).Record.Headers.TextOf("seldon-source-timestamp"));
    }

    [Fact]
    public async Task BrokerRefusesTheResultTopic_HoldsInsideTheFunctionUntilItIsTaken()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 20);
        bed.Bed.Broker.PushProduceErrors([.. Enumerable.Repeat(TopicAuthorizationFailed, 1000)]);

        var run = (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);
        await Until.True(() => bed.Logs.Has("accepts no records", LogLevel.Error));
        Assert.False(run.IsCompleted);
        bed.Bed.Broker.ClearRequestErrors(0);

        await run;
        await AssertAnsweredOnceInOrder(bed, inputs);
    }

    [Fact]
    public async Task ModelIsGone_HoldsInsideTheFunctionUntilItIsBack()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 20);
        await bed.Bed.Model.StopAsync();

        var run = (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);
        await Until.True(() => bed.Logs.Has("cannot be reached", LogLevel.Warning));
        Assert.False(run.IsCompleted);
        await bed.Bed.Model.RestartAsync();

        await run;
        await AssertAnsweredOnceInOrder(bed, inputs);
    }

    [Fact]
    public async Task CancelledWhileTheModelHangs_ThrowsAtOnceAndAnsweredOnesArePublished()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = call => call.Says("\"0-5\"") ? Reactions.Hang : Reactions.Digest;
        var inputs = Input.Many(0, 20).ToList();
        using var cancel = new CancellationTokenSource();
        using var published = bed.Bed.Read();

        var run = (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), cancel.Token);
        await published.UntilSources(5);
        await Until.True(() => bed.Bed.Model.Calls.Count == inputs.Count);
        var start = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 3.5);
        await published.UntilEnd();
        Assert.Equal([0, 1, 2, 3, 4], published.All.Select(p => p.Source.Offset).Order());
        Assert.True(bed.Logs.Has("Stopped within a batch: 5 of its 20 records are published, 15 are left", LogLevel.Information));
        Assert.False(bed.Logs.Has("The Kafka producer cannot continue"));
    }

    private static async Task AssertAnsweredOnceInOrder(FunctionBed bed, IReadOnlyList<Input> inputs)
    {
        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
        Assert.Empty(published.DeadLetters);
    }
}
