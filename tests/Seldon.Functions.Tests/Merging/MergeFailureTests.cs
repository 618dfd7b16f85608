using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>A merged call that fails is nobody's attempt: bad records are found and judged on their own, and the others are answered.</summary>
public class MergeFailureTests
{
    private const string Rows = "tensorflow REST rows";

    [Theory, InlineData(400, 1, "refused-by-model"), InlineData(422, 1, "refused-by-model"), InlineData(500, 3, "model-failed")]
    public async Task OneBadRow_IsFoundByHalves_AndJudgedOnItsOwn(int status, int attempts, string reason)
    {
        await using var server = await RowServer.StartAsync(Rows);
        server.Instead = call => call.Says("bad") ? Reactions.Http(status, "{}") : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 33).Select(i => Row(i, i == 20 ? "bad" : "good"))]);

        Assert.All(outcomes.Index().Where(o => o.Index != 20), o => Assert.True(o.Item.Answer is not null, $"{o.Index}: {o.Item.Rejection}"));
        var rejection = outcomes[20].Rejection!;
        Assert.Equal((reason, attempts), (rejection.Reason.ToWire(), rejection.Attempts));
        // The first one alone; 32 together; at each of five levels two halves, of which one is right.
        Assert.Equal(1 + 1 + (2 * 5), server.Model.Calls.Take(12).Count());
        Assert.Equal(attempts, server.Model.Calls.Count(c => c.Says("bad") && RowsOf(c) == 1));
        Assert.InRange(outcomes.Count(o => o.Answer is not null && RowServer.SharedBy(o) > 1), 30, 31);
    }

    [Fact]
    public async Task AllRowsAreBad_EachIsRejectedOnItsOwn()
    {
        await using var server = await RowServer.StartAsync(Rows);
        server.Instead = call => call.Says("bad") ? Reactions.Refuse : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 9).Select(i => Row(i, i == 0 ? "good" : "bad"))]);

        Assert.All(outcomes.Skip(1), o => Assert.Equal((RejectionReason.RefusedByModel, 1), (o.Rejection!.Reason, o.Rejection.Attempts)));
        Assert.False(server.Engine.Logs.Has("Merging is off"));
    }

    [Theory]
    [InlineData("""{"predictions":[1]}""")]
    [InlineData("""{"predictions":[1,2,3,4]}""")]
    [InlineData("""{"outputs":{"a":[1,2,3],"b":[1]}}""")]
    [InlineData("""{"predictions":7}""")]
    [InlineData("""{"predictions":[1,2,3],"explanations":[1,2,3]}""")]
    [InlineData("""{"predictions":[1 2,3]}""")]
    [InlineData("""{"predictions":[1,2,3""")]
    public async Task AnswerHasOtherRows_TheRecordsCallAlone(string answer)
    {
        await using var server = await RowServer.StartAsync(Rows);
        server.Instead = call => RowsOf(call) > 1 ? Reactions.Http(200, answer) : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 4).Select(i => Row(i))]);

        Assert.All(outcomes, o => Assert.Equal(1, RowServer.SharedBy(o)));
        Assert.Equal(1 + 1 + 1 + 3, server.Model.Calls.Count);
    }

    [Fact]
    public async Task AnswerHasItsNamesInAnotherOrder_EachGetsItsRows()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST columns");
        server.Instead = call => RowsOf(call) == 3 ? Reactions.Http(200, """{"outputs":{"b":["x","y","z"],"a":[[1],[2],[3]]}}""") : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 4).Select(i => TestRecords.Rest("""{"inputs":{"a":[1],"b":[2]}}""", i))]);

        Assert.Equal(
            ["""{"outputs":{"b":["x"],"a":[[1]]}}""", """{"outputs":{"b":["y"],"a":[[2]]}}""", """{"outputs":{"b":["z"],"a":[[3]]}}"""],
            outcomes.Skip(1).Select(o => Encoding.UTF8.GetString(o.Answer!.Value)));
    }

    [Fact]
    public async Task NumbersThatAreNotJson_GoThrough()
    {
        await using var server = await RowServer.StartAsync(Rows);
        server.Instead = call => call.Says("NaN") ? Reactions.Http(200, call.Says(",")
            ? """{ "predictions": [NaN, -Infinity, 0.10000000000000000000000000000000000001] }"""
            : """{ "predictions": [1] }""") : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 4).Select(i => TestRecords.Rest("""{"instances":[NaN]}""", i))]);

        Assert.Equal(
            ["""{ "predictions": [NaN] }""", """{ "predictions": [-Infinity] }""", """{ "predictions": [0.10000000000000000000000000000000000001] }"""],
            outcomes.Skip(1).Select(o => Encoding.UTF8.GetString(o.Answer!.Value)));
    }

    [Fact]
    public async Task ModelCannotBatch_MergingEndsForAMinute_AndIsTriedAgain()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var server = await RowServer.StartAsync(Rows, clock);
        var canBatch = false;
        server.Instead = call => RowsOf(call) > 1 && !canBatch ? Reactions.Fail : null;

        for (var i = 0; i < 3; i++) Assert.Equal(2 + 2, await CallsForAsync(3));
        Assert.Equal(3, await CallsForAsync(3));
        Assert.Equal(1, server.Engine.Logs.Lines.Count(l => l.Level == LogLevel.Warning && l.Text.Contains("Merging is off", StringComparison.Ordinal)));

        // One group tries, and shows that it must stay off.
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2 + 2, await CallsForAsync(3));
        Assert.Equal(3, await CallsForAsync(3));
        Assert.Equal(1, server.Engine.Logs.Lines.Count(l => l.Level == LogLevel.Warning));

        canBatch = true;
        Assert.Equal(3, await CallsForAsync(3));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2, await CallsForAsync(3));
        Assert.Equal(2, await CallsForAsync(3));

        async Task<int> CallsForAsync(int records)
        {
            var before = server.Model.Calls.Count;
            var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, records).Select(i => Row(i))], clock);
            Assert.All(outcomes, o => Assert.NotNull(o.Answer));
            return server.Model.Calls.Count - before;
        }
    }

    [Fact]
    public async Task ServerSays413_CallsAreHalved_AndStaySmaller()
    {
        await using var server = await RowServer.StartAsync(Rows);
        server.Instead = call => RowsOf(call) > 4 ? Reactions.Http(413, "too large") : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 17).Select(i => Row(i))]);
        Assert.All(outcomes.Skip(1), o => Assert.Equal(4, RowServer.SharedBy(o)));
        Assert.Equal([1, 16, 8, 8, 4, 4, 4, 4], server.Model.Calls.Select(RowsOf).OrderDescending().OrderBy(r => r == 1 ? 0 : 1));
        var before = server.Model.Calls.Count;

        outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 9).Select(i => Row(i))]);

        Assert.All(outcomes, o => Assert.NotNull(o.Answer));
        Assert.Equal([1, 4, 4], server.Model.Calls.Skip(before).Select(RowsOf));
        Assert.Empty(server.Engine.Logs.At(LogLevel.Warning));
    }

    [Fact]
    public async Task MergedCallPassesItsDeadline_TheRecordsCallAlone_WithoutAnAttemptLess()
    {
        await using var server = await RowServer.StartAsync(Rows, null, ("MODEL_TIMEOUT", "500ms"));
        server.Instead = call => RowsOf(call) > 2 ? Reactions.Hang : null;

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 5).Select(i => Row(i))]);

        Assert.All(outcomes, o => Assert.Equal(1, RowServer.SharedBy(o)));
        // From now on with half as many.
        outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 5).Select(i => Row(i))]);
        Assert.All(outcomes.Skip(1), o => Assert.Equal(2, RowServer.SharedBy(o)));
    }

    [Theory, InlineData(Rows, 503), InlineData(Rows, 429), InlineData("tensorflow gRPC Predict", 14)]
    public async Task MergedCallIsPushedBack_ItIsSentAgainAsItIs(string dialect, int status)
    {
        await using var server = await RowServer.StartAsync(dialect);
        var refused = 0;
        server.Instead = _ => server.Model.Calls.Count == 1 || Interlocked.Increment(ref refused) > 2 ? null : server.Dialect.Type is null ? Reactions.Http(status, "{}") : Reactions.Grpc(status);
        var value = MergedAnswerTests.Good(server.Dialect);

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 5).Select(i => server.Dialect.ToRecord(value, i))]);

        Assert.Equal([1, 4, 4, 4, 4], outcomes.Select(RowServer.SharedBy));
        Assert.Equal(4, server.Model.Calls.Count);
    }

    [Theory, InlineData(Rows), InlineData("v2 gRPC raw")]
    public async Task ServerGoesDownUnderAMergedCall_AllWaitAndAreAnswered(string dialect)
    {
        await using var server = await RowServer.StartAsync(dialect);
        var value = MergedAnswerTests.Good(server.Dialect);
        var down = new TaskCompletionSource();
        server.Instead = call => call.Puid.Length == 0 && down.TrySetResult() ? Reactions.Hang : null;
        var outcomes = server.InferTogetherAsync([.. Enumerable.Range(0, 6).Select(i => server.Dialect.ToRecord(value, i))]);
        await down.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);

        await server.Model.StopAsync();
        await Until.True(() => server.Engine.Engine.IsHolding);
        await server.Model.RestartAsync();

        Assert.All(await outcomes, o => Assert.NotNull(o.Answer));
        Assert.False(server.Engine.Logs.Has("Dead letter"));
    }

    [Fact]
    public async Task ServerComesBack_RecordsThatCameMeanwhileShareCalls()
    {
        await using var server = await RowServer.StartAsync(Rows, null, ("KAFKA_WORKERS", "2"));
        server.Release();
        await server.Model.StopAsync();
        var first = server.Engine.Infer(Row(0));
        await Until.True(() => server.Engine.Engine.IsHolding);
        var others = Enumerable.Range(1, 100).Select(i => server.Engine.Infer(Row(i))).ToList();

        await server.Model.RestartAsync();

        var outcomes = await Until.Decided([first, .. others]);
        Assert.All(outcomes, o => Assert.NotNull(o.Answer));
        Assert.InRange(outcomes.Count(o => RowServer.SharedBy(o) > 1), 50, 100);
    }

    [Fact]
    public async Task FirstRecordIsCancelledUnderAMergedCall_TheOthersAreAnswered()
    {
        await using var server = await RowServer.StartAsync(Rows);
        using var revoked = new CancellationTokenSource();
        var first = server.Engine.Infer(Row(0));
        await Until.True(() => server.Model.Calls.Count == 1);
        // It waits first, so that the merged call is made in its place.
        var leader = server.Engine.Engine.InferAsync(Row(1), revoked.Token).AsTask();
        var others = Enumerable.Range(2, 4).Select(i => server.Engine.Infer(Row(i))).ToList();
        var release = new TaskCompletionSource();
        server.Instead = call => RowsOf(call) > 1 ? Reactions.After(release.Task, server.Dialect.Answer(call)) : null;
        server.Release();
        await Until.True(() => server.Model.Calls.Count == 2);

        await revoked.CancelAsync();
        Assert.Equal(OutcomeKind.Unprocessed, (await Until.Decided(leader)).Kind);
        release.SetResult();

        Assert.All(await Until.Decided([first, .. others]), o => Assert.NotNull(o.Answer));
        Assert.Equal(2, server.Model.Calls.Count);
    }

    [Fact]
    public async Task AllRecordsAreCancelledUnderAMergedCall_TheCallEnds()
    {
        await using var server = await RowServer.StartAsync(Rows);
        using var revoked = new CancellationTokenSource();
        var first = server.Engine.Infer(Row(0));
        await Until.True(() => server.Model.Calls.Count == 1);
        var others = Enumerable.Range(1, 4).Select(i => server.Engine.Engine.InferAsync(Row(i), revoked.Token).AsTask()).ToList();
        var aborted = new TaskCompletionSource();
        server.Instead = call => RowsOf(call) > 1 ? async (context, _) =>
        {
            context.RequestAborted.Register(() => aborted.TrySetResult());
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        }
        : null;
        server.Release();
        await Until.True(() => server.Model.Calls.Count == 2);

        await revoked.CancelAsync();

        Assert.All(await Until.Decided(others), o => Assert.Equal(OutcomeKind.Unprocessed, o.Kind));
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.NotNull((await Until.Decided(first)).Answer);
        // The place is free again.
        Assert.NotNull((await Until.Decided(server.Engine.Infer(Row(9)))).Answer);
    }

    internal static Record Row(long offset, string text = "good") => TestRecords.Rest($$"""{"instances":["{{text}}"]}""", offset);

    internal static int RowsOf(Call call)
    {
        using var json = JsonDocument.Parse(call.Body);
        var rows = json.RootElement.TryGetProperty("instances", out var instances) ? instances : json.RootElement.GetProperty("inputs").GetProperty("a");
        return rows.GetArrayLength();
    }
}
