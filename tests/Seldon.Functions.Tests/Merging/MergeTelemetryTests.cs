using System.Collections.Concurrent;
using System.Diagnostics;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Graphs;
using static Seldon.Functions.Tests.Graphs.Nodes;
using static Seldon.Functions.Tests.Merging.MergeFailureTests;

namespace Seldon.Functions.Tests.Merging;

/// <summary>What can be seen of merging from outside; and that the nodes of a graph merge, too.</summary>
public class MergeTelemetryTests
{
    [Fact]
    public async Task MergedCalls_AreMeasured()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null, Route("merged"));
        using var measured = new Measurements("merged");
        server.Instead = call => call.Says("bad") ? Reactions.Refuse : null;

        await server.InferTogetherAsync([.. Enumerable.Range(0, 5).Select(i => Row(i, i == 4 ? "bad" : "good"))]);

        Assert.Equal(["seldon.transport=rest"], measured.Of("seldon.functions.merged.rows"));
        Assert.Equal(
            ["seldon.transport=rest seldon.outcome=answered", "seldon.transport=rest seldon.outcome=failed", "seldon.transport=rest seldon.outcome=failed"],
            measured.Of("seldon.functions.merged.calls").Order());
        Assert.Equal(2, measured.Of("seldon.functions.merged.bisections").Count());
        Assert.Equal([("seldon.transport=rest", 0)], measured.Observe("seldon.functions.merging.off"));
    }

    [Fact]
    public async Task ModelCannotBatch_TheGaugeSaysSo()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null, Route("unmerged"));
        using var measured = new Measurements("unmerged");
        server.Instead = call => RowsOf(call) > 1 ? Reactions.Fail : null;

        for (var i = 0; i < 3; i++) await server.InferTogetherAsync([.. Enumerable.Range(0, 3).Select(i => Row(i))]);

        Assert.Equal([("seldon.transport=rest", 1)], measured.Observe("seldon.functions.merging.off"));
    }

    [Fact]
    public async Task MergedCall_HasOneSpan_LinkedToEachRecord()
    {
        string[] traces = ["1af7651916cd43dd8448eb211c80319c", "2af7651916cd43dd8448eb211c80319c", "3af7651916cd43dd8448eb211c80319c"];
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Seldon.Functions",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Links?.Any(l => traces.Contains(l.Context.TraceId.ToHexString())) == true ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RowServer.StartAsync("tensorflow REST rows");

        await server.InferTogetherAsync([.. traces.Select((t, i) => TestRecords.Rest("""{"instances":[1]}""", i, TestRecords.Header("traceparent", $"00-{t}-00f067aa0ba902b7-01")))]);

        await Until.True(() => !ended.IsEmpty);
        var merged = ended.Single();
        Assert.Equal(traces[1..], merged.Links.Select(l => l.Context.TraceId.ToHexString()));
        Assert.DoesNotContain(merged.TraceId.ToHexString(), traces);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task NodesOfAGraph_MergeForThemselves_ExceptRouters(string dialect)
    {
        await using var graph = await GraphUnderTest.StartAsync(
            Router("r", Model("a"), Model("b")), GraphDialect.All[dialect], change: r => r with { Workers = 1, Batch = new BatchLimits(16, 1 << 20) });
        var rows = RowDialect.All[dialect];
        var value = MergedAnswerTests.Good(rows);
        var open = new TaskCompletionSource();
        graph.Let("r", _ => graph.Dialect.Route(0));
        graph.Let("a", call => Reactions.After(open.Task, rows.Answer(call)));

        const int count = 60;
        var outcomes = Enumerable.Range(0, count).Select(i => graph.Infer(rows.ToRecord(value, i))).ToList();
        await Until.True(() => graph.Server("r").Calls.Count == count && graph.Server("a").Calls.Count == 1);
        open.SetResult();

        // The last ones may be on their way from the router when the first is answered.
        Assert.InRange((await Until.Decided(outcomes)).Count(o => RowServer.SharedBy(o) > 1), count / 2, count - 1);
        Assert.InRange(graph.Server("a").Calls.Count, 1 + (count / 16), count / 2);
        Assert.Equal(count, graph.Server("r").Calls.Count);
        Assert.All(await Task.WhenAll(outcomes), o => Assert.True(rows.AreEqual(rows.Model(value), RowServer.ValueOf(o))));
    }

    /// <summary>A route with a name of its own, whose measurements are nobody else's.</summary>
    private static (string Name, string Value)[] Route(string name) =>
    [
        ("Seldon:Routes:0:Name", name), ("Seldon:Routes:0:Protocol", "tensorflow"), ("Seldon:Routes:0:Model", "m"), ("Seldon:Routes:0:MaxBatchRows", "64"),
        ("Seldon:Routes:0:RestUrl", "URL"), ("MODEL_REST_URL", ""), ("SELDON_PROTOCOL", ""), ("MODEL_NAME", ""), ("MODEL_MAX_BATCH_ROWS", ""), ("MODEL_TIMEOUT", ""),
    ];
}
