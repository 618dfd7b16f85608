using Seldon.Functions.App;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>What wins over what: a node's setting, the process's settings, the predictor's environment, the manifest.</summary>
public class ManifestSettingsTests
{
    private const string Two = "{name: c0, children: [{name: c1}]}";

    [Fact]
    public void SettingsOfTheProcess_WinOverTheManifest()
    {
        var manifest = SampleManifest.Around("{name: c0}", "<<: {protocol: tensorflow, transport: rest}");

        var settings = Right(manifest, ("KAFKA_BROKER", "other:2"), ("KAFKA_INPUT_TOPIC", "i"), ("KAFKA_OUTPUT_TOPIC", " "), ("SELDON_PROTOCOL", "v2"), ("SELDON_TRANSPORT", "grpc"));

        Assert.Equal(("other:2", "i", "out"), (settings.Kafka.Broker, settings.Kafka.InputTopics[0], settings.Kafka.Output.Results));
        Assert.Equal(("v2", Transport.Grpc, new Uri("http://localhost:9500")), (settings.Engine.Routes[0].Protocol, settings.Engine.Routes[0].Transport, settings.Engine.Routes[0].GrpcUrl));
    }

    [Fact]
    public void EnvironmentOfThePredictor_IsSettings_AndWinsOverSpec()
    {
        var settings = Right(WithVariables("{name: c0}",
            "{name: KAFKA_WORKERS, value: '7'}", "{name: Seldon__Window__Records, value: 9}", "{name: Seldon__Kafka__Producer__linger_ms, value: '3'}",
            "{name: SELDON_TRANSPORT, value: auto}", "{name: MODEL_TIMEOUT, value: 5s}", "{name: KAFKA_SECURITY_PROTOCOL, value: SASL_SSL}", "{name: KAFKA_SASL_USERNAME, value: u}", "{name: KAFKA_SASL_PASSWORD, value: ' p '}"));

        var route = settings.Engine.Routes[0];
        Assert.Equal((7, Transport.Auto, TimeSpan.FromSeconds(5)), (route.Workers, route.Transport, route.Limits.Timeout));
        Assert.Equal((9, "3", " p "), (settings.Kafka.WindowRecords, settings.Kafka.Producer["linger.ms"], settings.Kafka.Security["sasl.password"]));
    }

    [Fact]
    public void WayThatIsToBeTold_IsToldOfASingleModelToo()
    {
        Assert.Null(Right(SampleManifest.Around("{name: c0}")).Engine.Routes[0].Graph);

        var route = Right(WithVariables("{name: c0}", "{name: SELDON_ENABLE_ROUTING_INJECTION, value: 'true'}")).Engine.Routes[0];

        Assert.Equal((true, "c0"), (route.InjectsRouting, route.Graph?.Name));
    }

    [Fact]
    public void BothTransports_GiveEachNodeBothAddresses() => Assert.All(
        Right(SampleManifest.Around(Two), ("SELDON_TRANSPORT", "auto")).Graph!.Nodes, n => Assert.True(n.RestUrl is not null && n.GrpcUrl is not null));

    [Fact]
    public void HostOfAllNodes_KeepsThePorts() => Assert.Equal(
        ["http://h:9000/", "http://h:7070/"], Right(SampleManifest.Around("{name: c0, endpoint: {service_host: x}, children: [{name: c7}]}"), ("MODEL_HOST", "h")).Graph!.Nodes.Select(n => n.RestUrl!.ToString()));

    [Fact]
    public void HostOfAllNodes_IsEnoughForAPort() => Assert.Equal("http://h:5/", Right(SampleManifest.Around("{name: x, endpoint: {httpPort: 5}}"), ("MODEL_HOST", "h")).Graph!.Root.RestUrl!.ToString());

    [Fact]
    public void SettingsOfANode_WinOverAll()
    {
        var nodes = Right(SampleManifest.Around("{name: c0, children: [{name: far}]}", "annotations: {seldon.io/rest-timeout: '100'}"),
            ("MODEL_HOST", "h"), ("Seldon:Nodes:far:RestUrl", "https://far:1"), ("Seldon:Nodes:FAR:Timeout", "2s"), ("MODEL_TIMEOUT", "9s")).Engine.Routes[0];

        Assert.Equal((null, new Uri("https://far:1"), TimeSpan.FromSeconds(2)), (nodes.Graph!.RestTimeout, nodes.Graph.Children[0].RestUrl, nodes.Graph.Children[0].RestTimeout));
        Assert.Equal(TimeSpan.FromSeconds(9), nodes.Limits.Timeout);
    }

    [Fact]
    public void TimeoutOfANode_WinsOverTheManifests() => Assert.Equal(
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2)],
        Right(SampleManifest.Around(Two, "annotations: {seldon.io/rest-timeout: '100'}"), ("Seldon:Nodes:c1:Timeout", "2s")).Graph!.Nodes.Select(n => n.RestTimeout));

    [Theory, InlineData("transport: rest"), InlineData("replicas: 1")]
    public void TransportThatIsSet_SettlesWhatTheManifestDisagreesAbout(string spec)
    {
        var manifest = SampleManifest.Around("{name: c0, endpoint: {type: REST}, children: [{name: c1, endpoint: {type: GRPC}}]}", spec);

        Assert.Equal(Transport.Grpc, Right(manifest, ("SELDON_TRANSPORT", "grpc")).Graph!.Transport);
        Assert.Single(ManifestFile.ProblemsOf(manifest));
    }

    [Theory]
    [InlineData("Seldon:Nodes:c9:RestUrl", "http://a:1", "Seldon:Nodes:c9 names no node of the graph: use one of c0, c1.")]
    [InlineData("Seldon:Nodes:c1:Url", "http://a:1", "Seldon:Nodes:c1:Url is no setting of a node: use one of RestUrl, GrpcUrl, HostHeader, Timeout.")]
    [InlineData("Seldon:Nodes:c1:RestUrl", "a:1", "Seldon:Nodes:c1:RestUrl is 'a:1': use scheme://host:port")]
    [InlineData("Seldon:Nodes:c1:Timeout", "soon", "Seldon:Nodes:c1:Timeout is 'soon': use a duration")]
    [InlineData("MODEL_HOST", "http://h", "MODEL_HOST is 'http://h': use a host name")]
    [InlineData("MODEL_NAME", "m", "MODEL_NAME is set, and so is a manifest: remove it")]
    [InlineData("MODEL_VERSION", "1", "MODEL_VERSION is set, and so is a manifest: remove it")]
    [InlineData("MODEL_LABEL", "l", "MODEL_LABEL is set, and so is a manifest: remove it")]
    [InlineData("MODEL_REST_URL", "http://a:1", "MODEL_REST_URL is set, and so is a manifest: remove it; where a node is, its manifest says, or MODEL_HOST, or Seldon:Nodes:NAME:RestUrl")]
    [InlineData("MODEL_GRPC_URL", "http://a:1", "MODEL_GRPC_URL is set, and so is a manifest: remove it")]
    [InlineData("SELDON_METHOD", "classify", "SELDON_METHOD is set, and so is a manifest: remove it")]
    [InlineData("SELDON_TARGET", "front-door", "SELDON_TARGET is 'front-door', but there is a manifest")]
    [InlineData("Seldon:Routes:0:Name", "r", "Seldon:Routes is set, and so is a manifest: keep one")]
    [InlineData("KAFKA_FULL_GRAPH", "true", "KAFKA_FULL_GRAPH is 'true'")]
    [InlineData("ENGINE_PREDICTOR", "e30=", "SELDON_DEPLOYMENT is set, and so is ENGINE_PREDICTOR: keep one of them.")]
    [InlineData("MODEL_CA_FILE", "/no/such", "MODEL_CA_FILE is '/no/such'")]
    public void SettingBesideAManifest_IsNamedWithWhatToDo(string setting, string value, string problem) =>
        Assert.Contains(ManifestFile.ProblemsOf(SampleManifest.Around(Two), (setting, value)), p => p.StartsWith(problem, StringComparison.Ordinal));

    [Fact]
    public void Timeouts_AreThePredictorsThenThoseOfSpecThenThoseOfMetadata()
    {
        var manifest = SampleManifest.Around(Two, "annotations: {seldon.io/rest-timeout: '200', seldon.io/grpc-timeout: 300}")
            .Replace("  namespace: n\n", "  namespace: n\n  annotations: {seldon.io/rest-timeout: '1', seldon.io/grpc-timeout: '1'}\n", StringComparison.Ordinal)
            .Replace("- name: p\n", "- name: p\n    annotations: {seldon.io/rest-timeout: '400'}\n", StringComparison.Ordinal);

        var root = Right(manifest, ("SELDON_TRANSPORT", "auto")).Engine.Routes[0].Graph!;
        Assert.Equal((400, 300, 400), (root.RestTimeout!.Value.TotalMilliseconds, root.GrpcTimeout!.Value.TotalMilliseconds, root.Children[0].RestTimeout!.Value.TotalMilliseconds));
        Assert.Equal((null, null), (Right(manifest, ("MODEL_TIMEOUT", "1s")).Engine.Routes[0].Graph!.RestTimeout, Right(manifest, ("MODEL_TIMEOUT", "1s")).Engine.Routes[0].Graph!.GrpcTimeout));
    }

    [Fact]
    public void TimeoutOfASingleModel_IsItsRoutes()
    {
        var manifest = SampleManifest.Around("{name: c0}", "annotations: {seldon.io/rest-timeout: '200', seldon.io/grpc-timeout: '300'}");

        Assert.Equal([200, 300, 300, 1000], new (string, string?)[][] { [], [("SELDON_TRANSPORT", "grpc")], [("SELDON_TRANSPORT", "auto")], [("MODEL_TIMEOUT", "1s")] }
            .Select(s => (int)Right(manifest, s).Engine.Routes[0].Limits.Timeout.TotalMilliseconds));
        Assert.Contains(Right(manifest, ("SELDON_TRANSPORT", "auto")).Warnings, w => w.Contains("the longer, 300 ms", StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutEffect_EachFeatureIsNamedOnceWithItsReason()
    {
        var warnings = ManifestFile.WarningsOf(Everything);

        string[] expected =
        [
            "3 the annotation seldon.io/no-engine ", "4 oauth_key of spec ", "5 replicas of spec ", "6 serverType rpc ", "8 shadow of the predictor 'p' ", "9 explainer of the predictor 'p' ", "10 ssl of the predictor 'p' ", "10 progressDeadlineSeconds of the predictor 'p' ",
            "11 engineResources of the predictor 'p' ", "12 'wieghts' of the predictor 'p' ", "13 traffic of the predictor 'p' ", "15 hpaSpec of a componentSpec of the predictor 'p' ", "14 componentSpecs of the predictor 'p' ", "17 resources of svcOrchSpec of the predictor 'p' ",
            "22 FROM_SECRET of svcOrchSpec.env ", "23 EXPANDED of svcOrchSpec.env ", "24 JAEGER_AGENT_HOST ", "28 logger of the node 'm' ", "29 modelUri of the node 'm' ", "30 SEND_FEEDBACK in methods of the node 'm' ", "31 serviceAccountName of the node 'm' ",
            "32 'modleUri' of the node 'm' ", "33 'other' of spec ", "34 'more' of SeldonDeployment ", "27 implementation OWN_SERVER of the node 'm' ",
        ];
        foreach (var one in expected) Assert.Single(warnings, w => w.StartsWith($"m.yaml:{one}has no effect here: ", StringComparison.Ordinal));
        Assert.Equal(expected.Length, warnings.Count);
    }

    [Fact]
    public void SecretOfTheManifest_ShowsInNoMessage()
    {
        const string secret = "hunter2-4711";
        var read = ManifestFile.Read(WithVariables("{name: c0}", $"{{name: KAFKA_SASL_PASSWORD, value: {secret}}}", $"{{name: KAFKA_SSL_CA_CERT, value: {secret}}}", $"{{name: OTHER, value: {secret}}}"));

        Assert.NotEmpty(read.Problems);
        Assert.DoesNotContain([.. read.Problems, .. read.Warnings], p => p.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void ValueOfKubernetes_IsTakenFromTheEnvironment()
    {
        var manifest = WithVariables("{name: c0}", "{name: KAFKA_ERROR_TOPIC, valueFrom: {configMapKeyRef: {name: a, key: b}}}");

        Assert.Equal("e", Right(manifest, ("KAFKA_ERROR_TOPIC", "e")).Kafka.Output.Errors);
        Assert.DoesNotContain(ManifestFile.WarningsOf(manifest, ("KAFKA_ERROR_TOPIC", "e")), w => w.Contains("KAFKA_ERROR_TOPIC", StringComparison.Ordinal));
    }

    [Fact]
    public void Redrive_KnowsTheManifestsTopics_AndDoesNotMindItsGraph()
    {
        using var file = new ManifestFile(SampleManifest.Around("{name: nowhere}"));

        var kafka = ProcessorSettings.ReadKafka(ManifestFile.Configuration(("SELDON_DEPLOYMENT", file.Path)), out var problems);

        Assert.Empty(problems);
        Assert.Equal(("b:1", "in", "out.errors", "p.d.n"), (kafka.Broker, kafka.InputTopics[0], kafka.Output.Errors, kafka.Group));
    }

    [Fact]
    public void FunctionsApp_HandsTheManifestsTopicsToItsHost()
    {
        using var file = new ManifestFile(SampleManifest.Cifar10);
        var configuration = ManifestFile.Configuration(("SELDON_DEPLOYMENT", file.Path));
        var settings = FunctionsAppSettings.Read(configuration).Processor;
        Assert.Empty(settings.Problems);

        var metadata = new Microsoft.Azure.Functions.Worker.Core.FunctionMetadata.DefaultFunctionMetadata
        {
            RawBindings = ["""{"type":"kafkaTrigger","brokerList":"%KAFKA_BROKER%","topic":"%KAFKA_INPUT_TOPIC%","consumerGroup":"%KAFKA_CONSUMER_GROUP%"}"""],
        };
        new BindingSettings(settings.Kafka, configuration).Transform([metadata]);

        Assert.Equal("""{"type":"kafkaTrigger","brokerList":"10.12.10.16:9094","topic":"cifar10-rest-input","consumerGroup":"model.tfserving-cifar10.default","protocol":"Plaintext"}""", metadata.RawBindings[0]);
    }

    [Fact]
    public void FunctionsApp_NeedsSecretsAmongItsOwnSettings()
    {
        using var file = new ManifestFile(WithVariables("{name: c0}", "{name: KAFKA_SECURITY_PROTOCOL, value: SASL_SSL}", "{name: KAFKA_SASL_USERNAME, value: u}", "{name: KAFKA_SASL_PASSWORD, value: x}"));

        var problems = FunctionsAppSettings.Read(ManifestFile.Configuration(("SELDON_DEPLOYMENT", file.Path), ("KAFKA_SASL_USERNAME", "u"))).Processor.Problems;

        Assert.EndsWith("KAFKA_SASL_PASSWORD is only in the manifest: set it among the app's own settings: the Functions host, which needs it, does not read the manifest.", Assert.Single(problems), StringComparison.Ordinal);
    }

    private const string Everything = """
        apiVersion: machinelearning.seldon.io/v1
        kind: SeldonDeployment
        metadata: {name: d, labels: {a: b}, annotations: {seldon.io/no-engine: 'true', other/x: y}, creationTimestamp: null}
        spec: {oauth_key: k,
          replicas: 3,
          serverType: rpc, protocol: seldon, predictors: [
          {name: p, labels: {version: v},
           shadow: true,
           explainer: {type: AnchorTabular},
           ssl: {certSecretName: s}, progressDeadlineSeconds: 600,
           engineResources: {limits: {cpu: 1}},
           wieghts: 1,
           traffic: 50,
           componentSpecs: [{metadata: {}, spec: {containers: [{name: c0}]},
             hpaSpec: {maxReplicas: 3}}],
           svcOrchSpec: {
             resources: {limits: {cpu: 1}},
             env: [
               {name: KAFKA_BROKER, value: "b:1"},
               {name: KAFKA_INPUT_TOPIC, value: in},
               {name: KAFKA_OUTPUT_TOPIC, value: out},
               {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: a, key: b}}},
               {name: EXPANDED, value: "$(HOST):1"},
               {name: JAEGER_AGENT_HOST, value: j}]},
           graph: {
             name: m,
             implementation: OWN_SERVER, type: MODEL, parameters: [{name: a, value: b, type: STRING}],
             logger: {mode: all},
             modelUri: gs://x,
             methods: [SEND_FEEDBACK],
             serviceAccountName: s,
             modleUri: x}}],
          other: 1}
        more: 1
        status: {state: Available}
        """;

    private static string WithVariables(string graph, params string[] variables) =>
        SampleManifest.Around(graph).Replace("    graph:", string.Concat(variables.Select(v => $"      - {v}\n")) + "    graph:", StringComparison.Ordinal);

    private static ProcessorSettings Right(string manifest, params (string Name, string? Value)[] settings)
    {
        var read = ManifestFile.Read(manifest, settings);
        Assert.Empty(read.Problems);
        return read;
    }
}
