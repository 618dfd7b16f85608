using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Tests.Graphs;
using Seldon.Functions.Tests.SeldonDeployments;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Settings;

/// <summary>Models behind an ingress: a path before the protocol's own, and a host that is not the address's.</summary>
public sealed class AddressTests : IAsyncLifetime
{
    private const string Host = "iris.models.example.com";

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("seldon", "front-door", "/seldon/ns/iris", "/seldon/ns/iris/api/v1.0/predictions", "/seldon/ns/iris/ready")]
    [InlineData("seldon", "model", "/a/", "/a/predict", "/a/health/status")]
    [InlineData("tensorflow", "model", "/seldon/ns/iris", "/seldon/ns/iris/v1/models/m:predict", "/seldon/ns/iris/v1/models/m")]
    [InlineData("v2", "model", "/a%20b/v2", "/a b/v2/v2/models/m/infer", "/a b/v2/v2/models/m/ready")]
    public async Task PathOfTheAddress_StandsBeforeTheProtocolsOwn(string protocol, string target, string prefix, string path, string ready)
    {
        await using var engine = EngineUnderTest.For(
            _model, Transport.Rest, null, ("SELDON_PROTOCOL", protocol), ("SELDON_TARGET", target), ("MODEL_REST_URL", _model.RestUrl + prefix));

        await engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        await Until.Decided(engine.Infer(TestRecords.Rest("{}")));

        Assert.Equal((path, ready), (Assert.Single(_model.Calls).Path, _model.Probes.Last().Path));
    }

    [Fact]
    public async Task PathOfTheAddress_IsForEveryMethod()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Rest, null, ("MODEL_REST_URL", $"{_model.RestUrl}/a"), ("MODEL_VERSION", "7"), ("SELDON_METHOD", "regress"));

        await Until.Decided(engine.Infer(TestRecords.Rest("{}")));
        await Until.Decided(engine.Infer(TestRecords.Rest("{}", 1, TestRecords.Header("seldon-method", "classify"))));

        Assert.Equal(["/a/v1/models/m/versions/7:regress", "/a/v1/models/m/versions/7:classify"], _model.Calls.Select(c => c.Path));
    }

    [Theory, InlineData(Transport.Rest, Host), InlineData(Transport.Grpc, Host), InlineData(Transport.Rest, $"{Host}:8080"), InlineData(Transport.Grpc, $"{Host}:8080")]
    public async Task HostOfTheRoute_IsNamedByCallsAndProbes_WhateverTheRecordSays(Transport transport, string host)
    {
        await using var engine = EngineUnderTest.For(_model, transport, null, ("MODEL_HOST_HEADER", host));

        await engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        await Until.Decided(engine.Infer(TestRecords.Good(transport, 0, "good", TestRecords.Header("Host", "another"), TestRecords.Header(":authority", "another"))));

        Assert.Equal((host, host), (Assert.Single(_model.Calls).Headers["host"], _model.Probes.Last().Headers["host"]));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ModelIsOut_TheLogNamesTheHost(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var engine = EngineUnderTest.For(_model, transport, clock, ("MODEL_HOST_HEADER", Host));
        await _model.StopAsync();

        _ = engine.Infer(TestRecords.Good(transport));

        await Until.True(() => engine.Logs.Has("Holding"), clock);
        Assert.Contains(engine.Logs.Lines, l => l.Text.Contains($"(host {Host})", StringComparison.Ordinal));
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task NodesOfAGraph_HaveHostsOfTheirOwn(string name)
    {
        var graph = Transformer("t", Model("m") with { HostHeader = "m.example.com" });
        await using var running = await GraphUnderTest.StartAsync(graph, GraphDialect.All[name], null, route => route with { HostHeader = Host });

        await Until.Decided(running.Infer("in"));

        Assert.Equal((Host, "m.example.com"), (running.Server("t").Calls.Single().Headers["host"], running.Server("m").Calls.Single().Headers["host"]));
    }

    [Fact]
    public void NodesOfAManifest_HaveThemFromSettings()
    {
        using var file = new ManifestFile("""
            apiVersion: machinelearning.seldon.io/v1
            kind: SeldonDeployment
            metadata: {name: d}
            spec:
              predictors:
              - name: p
                graph: {name: t, type: TRANSFORMER, endpoint: {service_port: 1}, children: [{name: m, endpoint: {service_port: 2}}]}
            """);
        var settings = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "localhost:9092",
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["SELDON_DEPLOYMENT"] = file.Path,
            ["MODEL_HOST"] = "localhost",
            ["MODEL_HOST_HEADER"] = Host,
            ["Seldon:Nodes:m:RestUrl"] = "http://ingress/seldon/ns/m",
            ["Seldon:Nodes:m:HostHeader"] = "m.example.com",
        }).Build());

        Assert.Empty(settings.Problems);
        var route = Assert.Single(settings.Engine.Routes);
        Assert.Equal((Host, null), (route.HostHeader, route.Graph!.HostHeader));
        Assert.Equal(("http://ingress/seldon/ns/m", "m.example.com"), (route.Graph.Children[0].RestUrl!.ToString(), route.Graph.Children[0].HostHeader));
    }

    [Fact]
    public void HostAmongTheHeadersOfARoute_IsPointedToItsSetting() => Assert.Contains(
        "Headers:Host cannot be a header of a call: set HostHeader", Assert.Single(SettingProblemTests.RoutesOnly([.. SettingsTests.Route(0, "a", null), ("Seldon:Routes:0:Headers:Host", Host)])), StringComparison.Ordinal);
}
