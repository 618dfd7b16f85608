using CsCheck;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Fuzzing;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>Any graph answers what plain recursion answers, over every protocol and transport; and REST answers what gRPC answers.</summary>
public class GraphProperties
{
    private const int Graphs = 600;
    private const int GraphsOverBoth = 250;
    private const int Scenes = 36;

    /// <summary>A fake clock passes it in twenty turns, which is what a node that hangs costs.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    public static TheoryData<string> Dialects { get; } = [.. GraphDialect.All.Keys];

    [Theory, MemberData(nameof(Dialects))]
    public async Task AnyGraph_AnswersAsTheOracle(string name)
    {
        var dialect = GraphDialect.All[name];
        await using var servers = await GraphServers.StartAsync(AnyGraph.MostNodes);
        await AnyGraph.Of(dialect).SampleAsync(async graph => { await CompareAsync(servers, graph, dialect); }, TestContext.Current.TestOutputHelper!.WriteLine, iter: Graphs, threads: 1);
    }

    [Fact]
    public async Task AnyGraph_AnswersOverRestAsOverGrpc()
    {
        var (rest, grpc) = (GraphDialect.All["seldon REST"], GraphDialect.All["seldon gRPC"]);
        await using var servers = await GraphServers.StartAsync(AnyGraph.MostNodes);
        await AnyGraph.Of(rest).SampleAsync(
            async graph => Assert.Equal(await CompareAsync(servers, graph, rest), await CompareAsync(servers, graph, grpc)),
            TestContext.Current.TestOutputHelper!.WriteLine, iter: GraphsOverBoth, threads: 1);
    }

    /// <summary>Whatever the nodes do, and however often: the record is decided once they are well again, and never by a defect of ours.</summary>
    [Theory, MemberData(nameof(Dialects))]
    public async Task AnyAnswersOfTheNodes_EndInAnOutcome(string name)
    {
        var dialect = GraphDialect.All[name];
        await using var servers = await GraphServers.StartAsync(AnyGraph.MostNodes);
        await Gen.Select(AnyGraph.Of(dialect), AnyScene.AnyReaction.Array[1, 8]).SampleAsync(async (graph, script) =>
        {
            var (clock, calls) = (EngineUnderTest.StandingClock(), -1);
            await using var under = GraphUnderTest.On(
                servers, graph.Root, dialect, clock, route => route with { Limits = route.Limits with { Timeout = Timeout } });
            foreach (var node in under.Nodes)
                under.Let(node.Name, _ => Interlocked.Increment(ref calls) is var call && call < 2 * script.Length ? script[call % script.Length].Reaction : null);

            var outcome = await Until.Decided(under.Infer("in"), clock);

            Assert.NotEqual(OutcomeKind.Unprocessed, outcome.Kind);
            Assert.NotEqual(RejectionReason.InternalError, outcome.Rejection?.Reason ?? RejectionReason.EmptyValue);
        }, TestContext.Current.TestOutputHelper!.WriteLine, iter: Scenes, threads: 1);
    }

    /// <summary>The text that came out; null if the record was rejected.</summary>
    private static async Task<string?> CompareAsync(GraphServers servers, AnyGraph graph, GraphDialect dialect)
    {
        await using var under = GraphUnderTest.On(servers, graph.Root, dialect);
        foreach (var node in graph.Refusing) under.Let(node, _ => Reactions.Refuse);
        var (text, refused) = GraphOracle.Walk(graph.Root, "in", "in-3-0", graph.Refusing.Contains, dialect.Protocol == "seldon");

        var outcome = await Until.Decided(under.Infer("in"));

        if (text is null)
        {
            Assert.Equal((OutcomeKind.Rejected, RejectionReason.RefusedByModel), (outcome.Kind, outcome.Rejection!.Reason));
            Assert.Contains(refused, node => outcome.Rejection.Message.Contains($"'{node}'", StringComparison.Ordinal));
            return null;
        }
        Assert.True(outcome.Kind == OutcomeKind.Answered, $"{outcome.Kind} {outcome.Rejection}");
        Assert.Equal(text, dialect.Read(outcome.Answer!));
        return text;
    }
}
