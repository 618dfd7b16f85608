using Seldon.Functions.Options;
using Seldon.Functions.Records;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>What the nodes of a graph do to a record when they fail, hang, or are out; and that children work at the same time.</summary>
public class GraphTests
{
    private static readonly GraphNode Ensemble = Combiner("all", Transformer("t", Model("a")), Model("b"), OutputTransformer("o", Model("c")));

    public static TheoryData<string, string> EveryNodeOfTheEnsemble { get; } =
        [.. from dialect in new[] { "seldon REST", "seldon gRPC" } from node in Ensemble.All select (dialect, node.Name)];

    public static TheoryData<string> Dialects { get; } = [.. GraphDialect.All.Keys];

    private static GraphDialect Rest => GraphDialect.All["seldon REST"];

    [Theory, MemberData(nameof(EveryNodeOfTheEnsemble))]
    public async Task NodeIsOut_RecordIsHeldUntilItIsBack(string name, string node)
    {
        var dialect = GraphDialect.All[name];
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, dialect);
        graph.Server(node).Readiness = Reactions.NotReady;
        graph.Let(node, _ => Reactions.Out);

        var outcome = graph.Infer("in");
        await Until.True(() => graph.Server(node).Probes.Count > 1);
        Assert.False(outcome.IsCompleted);
        Assert.True(graph.Engine.IsHolding);
        graph.Let(node, _ => null);
        graph.Server(node).Readiness = Reactions.Ready;

        var decided = await Until.Decided(outcome);
        Assert.Equal("(in>t>a+in>b+in>c>o)>all", dialect.Read(decided.Answer!));
    }

    [Theory, MemberData(nameof(EveryNodeOfTheEnsemble))]
    public async Task NodeRefuses_RecordIsRejectedInItsName(string name, string node)
    {
        var dialect = GraphDialect.All[name];
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, dialect);
        graph.Let(node, _ => Reactions.Refuse);

        var rejection = (await Until.Decided(graph.Infer("in"))).Rejection!;

        Assert.Equal((RejectionReason.RefusedByModel, "default", 1), (rejection.Reason, rejection.Route, rejection.Attempts));
        Assert.Equal($"The node '{node}' answered {(dialect.Transport == Transport.Rest ? "400" : "INVALID_ARGUMENT")}.", rejection.Message);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task Children_AreAskedAtTheSameTime(string name)
    {
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, GraphDialect.All[name]);
        var (arrived, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        // None of the first calls ends before the last of them has come.
        foreach (var node in new[] { "t", "b", "c" })
        {
            graph.Let(node, call =>
            {
                if (Interlocked.Increment(ref arrived) == 3) all.SetResult();
                return Reactions.After(all.Task, graph.Dialect.Answer(GraphOracle.Pass(node, graph.Dialect.Read(call, node))));
            });
        }

        Assert.Equal("(in>t>a+in>b+in>c>o)>all", graph.Dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!));
    }

    [Fact]
    public async Task OneChildRejects_AnotherIsOut_RecordIsNotHeld()
    {
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, Rest);
        graph.Server("a").Readiness = Reactions.NotReady;
        graph.Let("a", _ => Reactions.Out);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        graph.Let("b", _ => Reactions.After(released.Task, Reactions.Refuse));

        var outcome = graph.Infer("in");
        await Until.True(() => graph.Engine.IsHolding);
        released.SetResult();

        Assert.Equal("The node 'b' answered 400.", (await Until.Decided(outcome)).Rejection!.Message);
    }

    [Fact]
    public async Task HostCancels_RecordIsUnprocessed()
    {
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, Rest);
        graph.Let("c", _ => Reactions.Hang);
        using var cancel = new CancellationTokenSource();

        var outcome = graph.Engine.InferAsync(Rest.Record("in"), cancel.Token).AsTask();
        await Until.True(() => graph.Server("c").Calls.Count > 0);
        await cancel.CancelAsync();

        Assert.Equal(OutcomeKind.Unprocessed, (await Until.Decided(outcome)).Kind);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task NodeHangs_ItsOwnDeadlineEndsTheCall_AndTheReasonNamesIt(string name)
    {
        var clock = EngineUnderTest.StandingClock();
        var slow = Model("slow") with { RestTimeout = TimeSpan.FromSeconds(2), GrpcTimeout = TimeSpan.FromSeconds(2) };
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", slow), GraphDialect.All[name], clock);
        graph.Let("slow", _ => Reactions.Hang);

        var rejection = (await Until.Decided(graph.Infer("in"), clock)).Rejection!;

        Assert.Equal(RejectionReason.ModelTimeout, rejection.Reason);
        Assert.Equal("The node 'slow' did not answer within 2 s.", rejection.Message);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task ValueThatIsNoRequest_IsRejected_AndNoNodeIsAsked(string name)
    {
        var dialect = GraphDialect.All[name];
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), dialect);

        var rejection = (await Until.Decided(graph.Infer(dialect.Record("in") with { Value = "no request"u8.ToArray() }))).Rejection!;

        Assert.Equal(dialect.Transport == Transport.Rest ? RejectionReason.InvalidJson : RejectionReason.InvalidProtobuf, rejection.Reason);
        Assert.StartsWith("For the node 't': ", rejection.Message, StringComparison.Ordinal);
        Assert.Empty(graph.Server("t").Calls);
    }

    [Fact]
    public async Task TransportAuto_EachRecordGoesItsOwnWay()
    {
        var (rest, grpc) = (GraphDialect.All["seldon REST"], GraphDialect.All["seldon gRPC"]);
        await using var overRest = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), rest, change: route => route with { Transport = Transport.Auto });

        var answer = (await Until.Decided(overRest.Infer("in"))).Answer!;
        Assert.Equal(("in>t>m", "application/json"), (rest.Read(answer), answer.EntityHeaders.TextOf("content-type")));
        Assert.All(overRest.Server("m").Calls, c => Assert.False(c.IsGrpc));

        await using var overGrpc = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), grpc, change: route => route with { Transport = Transport.Auto });
        answer = (await Until.Decided(overGrpc.Infer("in"))).Answer!;
        Assert.Equal(("in>t>m", "seldon.protos.SeldonMessage"), (grpc.Read(answer), answer.EntityHeaders.TextOf("proto-name")));
        Assert.All(overGrpc.Server("m").Calls, c => Assert.True(c.IsGrpc));
    }

    [Fact]
    public async Task EveryCall_CarriesTheRecordsIdAndHeaders()
    {
        await using var graph = await GraphUnderTest.StartAsync(Ensemble, Rest);

        await Until.Decided(graph.Infer(Rest.Record("in") with { Headers = [TestRecords.Header("x-tenant", "shop"), TestRecords.Header("content-type", "application/json; charset=utf-8")] }));

        foreach (var call in graph.Nodes.SelectMany(n => graph.Server(n.Name).Calls)) Assert.Equal(("in-3-0", "shop"), (call.Puid, call.Headers["x-tenant"]));
        Assert.Equal("application/json; charset=utf-8", graph.Server("t").Calls.Single().Headers["content-type"]);
        Assert.Equal("application/json", graph.Server("a").Calls.Single().Headers["content-type"]);
    }

    [Fact]
    public async Task Answer_IsInTheNameOfTheRoot_WithTheLastNodesEntityHeaders()
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), Rest);
        graph.Let("m", call => Reactions.Http(200, """{"strData":"x"}""", "application/json; q=1"));

        var answer = (await Until.Decided(graph.Infer("in"))).Answer!;

        Assert.Equal(("default", "t", "application/json; q=1"), (answer.Route, answer.Model, answer.EntityHeaders.TextOf("content-type")));
    }

    [Fact]
    public async Task RouterSaysNone_TheRequestItselfLeaves()
    {
        await using var graph = await GraphUnderTest.StartAsync(Router("r", Model("a"), Model("b")), GraphDialect.All["seldon gRPC"]);
        graph.Let("r", _ => graph.Dialect.Route(-2));
        var record = graph.Dialect.Record("in");

        var answer = (await Until.Decided(graph.Infer(record))).Answer!;

        Assert.Equal(record.Value, answer.Value);
        Assert.Equal("seldon.protos.SeldonMessage", answer.EntityHeaders.TextOf("proto-name"));
        Assert.Empty(graph.Server("a").Calls);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task SimpleModel_AnswersTheSameOverBoth(string name)
    {
        await using var graph = await GraphUnderTest.StartAsync(OutputTransformer("o", new GraphNode { Name = "s", BuiltIn = BuiltIn.SimpleModel }), GraphDialect.All[name]);
        graph.Let("o", call => graph.Dialect.Answer(call.IsGrpc
            ? $"{Functions.Demo.Wire.SeldonMessage.Parser.ParseFrom(call.Body).Data.Tensor.Values}"
            : $"{System.Text.Json.Nodes.JsonNode.Parse(call.Body)!["data"]!["tensor"]!["values"]}".Replace("\n", "", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal)));

        var text = graph.Dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!);

        Assert.Equal("0.1,0.9,0.5", string.Concat(text.Where(c => c is not ('[' or ']' or ' '))));
    }

    [Fact]
    public async Task Readiness_IsAskedOfEveryNode_AndANodeThatIsNoModelMustOnlyBeThere()
    {
        await using var graph = await GraphUnderTest.StartAsync(Router("r", Model("a"), Model("b")), GraphDialect.All["tensorflow REST"]);
        graph.Server("r").Readiness = Reactions.Http(404, "{}");

        await graph.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.All(graph.Nodes, n => Assert.NotEmpty(graph.Server(n.Name).Probes));
    }
}
