using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Models.Faults;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>A graph of which one node is sick: whose fault a failure is, is judged for each node by what that node does for others.</summary>
public class SickNodeTests
{
    private static readonly GraphNode Ensemble = Combiner("all", Transformer("t", Model("a")), Model("b"));

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task OneReplicaOfANodeFailsEverything_OnlyBadRecordsAreRejected(string name)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, GraphDialect.All[name], clock);
        var sick = Servers.OneSickReplicaOf(2, Servers.Status(500, 2), call => graph.Dialect.Answer(GraphOracle.Pass("t", graph.Dialect.Read(call, "t"))));
        graph.Let("t", sick);
        graph.Let("b", call => call.Says("bad") ? Reactions.Fail : null);

        var outcomes = await Feed.All(record => graph.Infer(record), [.. Enumerable.Range(0, 400).Select(i => graph.Dialect.Record(i % 200 == 199 ? "bad" : "in", i))], 100, clock);

        Assert.All(outcomes.Index(), o => Assert.Equal(o.Index % 200 == 199 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
        Assert.All(outcomes.Where(o => o.Kind == OutcomeKind.Rejected), o => Assert.StartsWith("The node 'b' answered ", o.Rejection!.Message, StringComparison.Ordinal));
        Assert.All(outcomes.Where(o => o.Kind == OutcomeKind.Answered), o => Assert.Equal("(in>t>a+in>b)>all", graph.Dialect.Read(o.Answer!)));
        Assert.False(graph.Engine.IsHolding);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task NodeIsReadyButFailsEverything_NothingIsRejected_ThenAllAreAnswered(string name)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, GraphDialect.All[name], clock);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(graph.Infer("in"), clock)).Kind);
        graph.Let("a", _ => Servers.Status(500, 13));

        var outcomes = Enumerable.Range(1, 50).Select(i => graph.Infer("in", i)).ToList();
        var start = clock.GetTimestamp();
        await Until.True(() => clock.GetElapsedTime(start) > TimeSpan.FromMinutes(5), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        graph.Let("a", _ => null);

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }
}
