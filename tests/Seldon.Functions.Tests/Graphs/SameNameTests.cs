using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>One model in several places of a graph, and one deployment of several in a file.</summary>
public sealed class SameNameTests
{
    public static TheoryData<string> Dialects { get; } = new(GraphDialect.All.Keys.Where(d => !d.StartsWith("seldon", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Dialects))]
    public async Task ChainOfOneModel_RunsAtBothAddresses(string name)
    {
        var dialect = GraphDialect.All[name];
        var outcome = await AskAsync(dialect, "{name: m, type: MODEL, endpoint: {EP0}, children: [{name: m, type: MODEL, endpoint: {EP1}}]}");

        Assert.Equal(("in>0>1", "m"), (dialect.Read(outcome.Answer!), outcome.Answer!.Model));
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task TestOfOneModel_RunsAtEitherAddress(string name)
    {
        var dialect = GraphDialect.All[name];
        foreach (var (ratio, expected) in new[] { ("1", "in>0"), ("0", "in>1") })
        {
            var outcome = await AskAsync(dialect, $"{{name: ab, implementation: RANDOM_ABTEST, parameters: [{{name: ratioA, value: '{ratio}'}}], children: [{{name: m, type: MODEL, endpoint: {{EP0}}}}, {{name: m, type: MODEL, endpoint: {{EP1}}}}]}}");
            Assert.Equal(expected, dialect.Read(outcome.Answer!));
        }
    }

    [Fact]
    public void NodesOfOneName_AreToldApart()
    {
        var read = ManifestFile.Read(
            SampleManifest.Around("{name: m, endpoint: {httpPort: 1}, children: [{name: m, endpoint: {httpPort: 2}}, {name: m-2, endpoint: {httpPort: 3}}, {name: m, endpoint: {httpPort: 4}}]}", "protocol: v2"),
            ("MODEL_HOST", "h"), ("Seldon:Nodes:m-3:Timeout", "3s"), ("Seldon:Nodes:m:RestUrl", "http://first"));

        Assert.Empty(read.Problems);
        Assert.Equal(
            [("m", null, "http://first/", null), ("m-3", "m", "http://h:2/", "00:00:03"), ("m-2", null, "http://h:3/", null), ("m-4", "m", "http://h:4/", null)],
            read.Engine.Routes[0].Graph!.All.Select(n => (n.Name, n.Model, n.RestUrl!.ToString(), n.RestTimeout?.ToString())));
    }

    [Fact]
    public void NodesOfOneNameInSeldonsProtocol_AreAProblem() => Assert.Contains("stands in the graph 2 times", Assert.Single(
        ManifestFile.ProblemsOf(SampleManifest.Around("{name: c0, children: [{name: c0}]}"))), StringComparison.Ordinal);

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC"), InlineData("tensorflow REST"), InlineData("v2 REST")]
    public async Task CombinerWithOneChild_IsAskedWithAListOfOne(string name)
    {
        var dialect = GraphDialect.All[name];
        await using var graph = await GraphUnderTest.StartAsync(Nodes.Combiner("c", Nodes.Model("m")), dialect);

        Assert.Equal(GraphOracle.Aggregate("c", ["in>m"]), dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!));
        Assert.Empty(ManifestFile.ProblemsOf(SampleManifest.Around("{name: c0, type: COMBINER, children: [{name: c1}]}", $"protocol: {dialect.Protocol}")));
    }

    [Theory, InlineData("tfserving-cifar10", "tfserving-cifar10", "default"), InlineData("d", "d", "n")]
    public void DeploymentOfSeveral_IsChosenByName(string id, string name, string space)
    {
        var read = ManifestFile.Read(Two, ("SELDON_DEPLOYMENT_ID", id), ("MODEL_HOST", "h"));

        Assert.Empty(read.Problems);
        Assert.Equal((name, space), (read.Graph!.Deployment.Name, read.Graph.Deployment.Namespace));
        Assert.Contains(read.Graph.NotHonoured, n => n.Reason == $"'{name}' is chosen");
    }

    [Fact]
    public void DeploymentOfAnotherName_IsAProblem() => Assert.Equal(
        "SELDON_DEPLOYMENT_ID is 'x', but m.yaml holds 'tfserving-cifar10' (line 1), 'd' (line 40): use one of these names, and if need be their namespace as POD_NAMESPACE.",
        Assert.Single(ManifestFile.ProblemsOf(Two, ("SELDON_DEPLOYMENT_ID", "x"))));

    [Fact]
    public void DeploymentsOfOneName_AreChosenByTheirNamespace()
    {
        var both = $"{Two}---\n{SampleManifest.Around("{name: c1}").Replace("namespace: n", "namespace: other", StringComparison.Ordinal)}";

        Assert.Equal("c1", ManifestFile.Read(both, ("SELDON_DEPLOYMENT_ID", "d"), ("POD_NAMESPACE", "other")).Graph!.Root.Name);
        Assert.StartsWith("POD_NAMESPACE leaves 2 of the name 'd' in m.yaml", Assert.Single(ManifestFile.ProblemsOf(both, ("SELDON_DEPLOYMENT_ID", "d"))), StringComparison.Ordinal);
        Assert.StartsWith("SELDON_DEPLOYMENT_ID is 'd', but", Assert.Single(ManifestFile.ProblemsOf(both, ("SELDON_DEPLOYMENT_ID", "d"), ("POD_NAMESPACE", "none"))), StringComparison.Ordinal);
    }

    private static string Two => $"{SampleManifest.Cifar10}---\n{SampleManifest.Around("{name: c0}")}";

    /// <summary>Runs a manifest whose nodes are two servers, each of which appends its number.</summary>
    private static async Task<Outcome> AskAsync(GraphDialect dialect, string graph)
    {
        await using var servers = await GraphServers.StartAsync(2);
        servers.Script((i, call) => dialect.Answer($"{dialect.Read(call, "m")}>{i}"));
        for (var i = 0; i < 2; i++)
        {
            var address = new Uri(dialect.Transport == Transport.Rest ? servers[i].RestUrl : servers[i].GrpcUrl);
            graph = graph.Replace($"{{EP{i}}}", $"{{service_host: {address.Host}, service_port: {address.Port}}}", StringComparison.Ordinal);
        }
        var read = ManifestFile.Read(SampleManifest.Around(graph, $"protocol: {dialect.Protocol}\n  transport: {(dialect.Transport == Transport.Rest ? "rest" : "grpc")}"));
        Assert.Empty(read.Problems);
        await using var engine = InferenceEngine.Create(read.Engine, NullLoggerFactory.Instance, TimeProvider.System);
        return await Until.Decided(engine.InferAsync(dialect.Record("in"), TestContext.Current.CancellationToken).AsTask());
    }
}
