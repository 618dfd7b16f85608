using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Manifests that are right, and the route and the Kafka options that they become.</summary>
public class ManifestTests
{
    [Fact]
    public void SeedsManifest_IsAPlainRouteToItsModel_AndSeldonsGroup()
    {
        using var file = new ManifestFile(SampleManifest.Cifar10);
        var settings = file.Read(("MODEL_HOST", "model.example"));

        Assert.Empty(settings.Problems);
        var route = Assert.Single(settings.Engine.Routes);
        Assert.Null(route.Graph);
        Assert.Equal(
            ("default", "tensorflow", Transport.Rest, new ModelSelector("resnet32"), new Uri("http://model.example:8501"), null, TimeSpan.FromSeconds(60)),
            (route.Name, route.Protocol, route.Transport, route.Model, route.RestUrl, route.GrpcUrl, route.Limits.Timeout));
        var kafka = settings.Kafka;
        Assert.Equal(("10.12.10.16:9094", "cifar10-rest-output", "cifar10-rest-output.errors", "model.tfserving-cifar10.default"), (kafka.Broker, kafka.Output.Results, kafka.Output.Errors, kafka.Group));
        Assert.Equal(["cifar10-rest-input"], kafka.InputTopics);
        Assert.Equal(["replicas of the predictor 'model'", "componentSpecs of the predictor 'model'"], settings.Graph!.NotHonoured.OrderByDescending(n => n.Line).Select(n => n.Feature));
    }

    [Fact]
    public void SeedsManifestOverGrpc_IsAPlainRouteOverGrpc()
    {
        var grpc = SampleManifest.Cifar10.Replace("transport: rest", "transport: grpc", StringComparison.Ordinal).Replace("8501", "8500", StringComparison.Ordinal).Replace("name: http", "name: grpc", StringComparison.Ordinal);

        var route = Right(grpc).Engine.Routes[0];

        Assert.Equal((Transport.Grpc, null, new Uri("http://localhost:8500")), (route.Transport, route.RestUrl, route.GrpcUrl));
    }

    [Fact]
    public void SeveralNodes_AreAGraphWithAddressesOfTheirContainers()
    {
        var settings = Right(SampleManifest.Around("{name: c1, type: TRANSFORMER, children: [{name: r, implementation: RANDOM_ABTEST, parameters: [{name: ratioA, value: '0.25'}], children: [{name: c0}, {name: s, implementation: SKLEARN_SERVER}]}]}"));

        var route = settings.Engine.Routes[0];
        Assert.Equal(("c1", null, null), (route.Model.Name, route.RestUrl, route.GrpcUrl));
        var root = route.Graph!;
        Assert.Equal((NodeMethods.TransformInput, new Uri("http://localhost:9001")), (root.Methods, root.RestUrl));
        var router = Assert.Single(root.Children);
        Assert.Equal((NodeMethods.None, BuiltIn.RandomAbTest, 0.25, null), (router.Methods, router.BuiltIn, router.RatioA, router.RestUrl));
        // The prepackaged server comes after the eight containers, and is added to the first pod.
        Assert.Equal([(NodeMethods.Predict, "http://localhost:9000/"), (NodeMethods.Predict, "http://localhost:9008/")], router.Children.Select(c => (c.Methods, c.RestUrl!.ToString())));
        Assert.All(settings.Graph!.Nodes, n => Assert.Null(n.GrpcUrl));
        Assert.Equal("p.d.n", settings.Kafka.Group);
    }

    [Theory]
    [InlineData("{name: c0}", NodeMethods.Predict)]
    [InlineData("{name: c0, type: MODEL}", NodeMethods.Predict)]
    [InlineData("{name: c0, type: TRANSFORMER}", NodeMethods.TransformInput)]
    [InlineData("{name: c0, type: OUTPUT_TRANSFORMER}", NodeMethods.TransformOutput)]
    [InlineData("{name: c0, type: ROUTER, children: [{name: c1}]}", NodeMethods.Route)]
    [InlineData("{name: c0, type: COMBINER, children: [{name: c1}, {name: c2}]}", NodeMethods.Aggregate)]
    [InlineData("{name: c0, type: UNKNOWN_TYPE, methods: [TRANSFORM_INPUT, TRANSFORM_OUTPUT]}", NodeMethods.TransformInput | NodeMethods.TransformOutput)]
    [InlineData("{name: c0, methods: [ROUTE, AGGREGATE], children: [{name: c1}, {name: c2}]}", NodeMethods.Route | NodeMethods.Aggregate)]
    [InlineData("{name: c0, type: MODEL, methods: [TRANSFORM_OUTPUT, SEND_FEEDBACK]}", NodeMethods.Predict | NodeMethods.TransformOutput)]
    [InlineData("{name: c0, type: MODEL, methods: [TRANSFORM_INPUT]}", NodeMethods.TransformInput)]
    [InlineData("{name: c0, implementation: UNKNOWN_IMPLEMENTATION, type: TRANSFORMER}", NodeMethods.TransformInput)]
    [InlineData("{name: c0, implementation: SKLEARN_SERVER}", NodeMethods.Predict)]
    [InlineData("{name: c0, implementation: MY_OWN_SERVER, type: UNKNOWN_TYPE}", NodeMethods.Predict)]
    public void TypeMethodsAndImplementation_AreWhatTheServerIsAskedFor(string graph, NodeMethods methods) => Assert.Equal(methods, Right(SampleManifest.Around(graph)).Graph!.Root.Methods);

    [Theory]
    [InlineData("{name: x, implementation: SIMPLE_MODEL}", BuiltIn.SimpleModel, NodeMethods.None)]
    [InlineData("{name: x, type: MODEL, implementation: SIMPLE_MODEL}", BuiltIn.SimpleModel, NodeMethods.None)]
    [InlineData("{name: x, type: ROUTER, implementation: SIMPLE_ROUTER, children: [{name: c1}]}", BuiltIn.SimpleRouter, NodeMethods.None)]
    [InlineData("{name: x, type: UNKNOWN_TYPE, implementation: RANDOM_ABTEST, children: [{name: c1}, {name: c2}]}", BuiltIn.RandomAbTest, NodeMethods.None)]
    [InlineData("{name: x, type: ROUTER, implementation: RANDOM_ABTEST, children: [{name: c1}, {name: c2}]}", BuiltIn.RandomAbTest, NodeMethods.None)]
    [InlineData("{name: c0, type: ROUTER, implementation: RANDOM_ABTEST, children: [{name: c1}, {name: c2}]}", BuiltIn.None, NodeMethods.Route)]
    [InlineData("{name: c0, type: MODEL, implementation: RANDOM_ABTEST, children: [{name: c1}, {name: c2}]}", BuiltIn.RandomAbTest, NodeMethods.Predict)]
    public void BuiltIns_NeedNoServerForWhatTheyDo(string graph, BuiltIn builtIn, NodeMethods methods)
    {
        var root = Right(SampleManifest.Around(graph)).Engine.Routes[0].Graph!;

        Assert.Equal((builtIn, methods, methods == NodeMethods.None), (root.BuiltIn, root.Methods, root.RestUrl is null));
    }

    /// <summary>Node c7's container has ports with names; c0's has none, and is the first.</summary>
    [Theory]
    [InlineData("{name: c7}", "auto", "http://d-p-c7.n.svc.cluster.local.:7070/", "http://d-p-c7.n.svc.cluster.local.:7071/")]
    [InlineData("{name: c7, endpoint: {httpPort: 1, grpcPort: 2, service_port: 3}}", "auto", "http://d-p-c7.n.svc.cluster.local.:7070/", "http://d-p-c7.n.svc.cluster.local.:7071/")]
    [InlineData("{name: c5}", "rest", "http://d-p-c5.n.svc.cluster.local.:9005/", null)]
    [InlineData("{name: c0}", "auto", "http://localhost:9000/", "http://localhost:9500/")]
    [InlineData("{name: c0, endpoint: {httpPort: 1, grpcPort: 2, service_port: 3}}", "auto", "http://localhost:1/", "http://localhost:2/")]
    [InlineData("{name: c0, endpoint: {service_port: 3}}", "auto", "http://localhost:3/", "http://localhost:9500/")]
    [InlineData("{name: c0, endpoint: {service_port: 3, type: GRPC}}", "auto", "http://localhost:9000/", "http://localhost:3/")]
    [InlineData("{name: c0, endpoint: {service_port: 3, type: GRPC}}", null, null, "http://localhost:3/")]
    [InlineData("{name: c0, endpoint: {service_host: h, service_port: 0}}", "rest", "http://h:9000/", null)]
    [InlineData("{name: x, endpoint: {service_host: '::1', service_port: 5}}", "rest", "http://[::1]:5/", null)]
    [InlineData("{name: x, implementation: TRITON_SERVER}", "grpc", null, "http://localhost:9508/")]
    [InlineData("{name: c5, implementation: TRITON_SERVER}", "rest", "http://localhost:9005/", null)]
    public void PortsAndHosts_AreTheManifestsElseTheOperators(string graph, string? transport, string? rest, string? grpc)
    {
        var root = Right(SampleManifest.Around(graph), ("SELDON_TRANSPORT", transport)).Graph!.Root;

        Assert.Equal((rest, grpc), (root.RestUrl?.ToString(), root.GrpcUrl?.ToString()));
    }

    [Fact]
    public void EngineInAPodOfItsOwn_ReachesAllServersByTheirServices()
    {
        var name = new string('d', 60);
        var manifest = SampleManifest.Around("{name: c0}", "annotations: {seldon.io/engine-separate-pod: 'true'}").Replace("name: d\n", $"name: {name}\n", StringComparison.Ordinal);

        // What md5sum says of its name.
        Assert.Equal("http://seldon-a3dbec4877c7ae6f77c12da654aa9a11.n.svc.cluster.local.:9000/", Right(manifest).Graph!.Root.RestUrl!.ToString());
    }

    [Fact]
    public void NumbersOfPorts_AreCountedThroughAllPredictors()
    {
        const string Two = """
            apiVersion: machinelearning.seldon.io/v1
            kind: SeldonDeployment
            metadata: {name: d}
            spec:
              serverType: kafka
              predictors:
              - name: one
                componentSpecs: [{spec: {containers: [{name: a}, {name: shared}]}}]
                graph: {name: a, children: [{name: pre, implementation: XGBOOST_SERVER}]}
              - name: two
                componentSpecs: [{spec: {containers: [{name: shared}, {name: b}]}}]
                graph: {name: b, children: [{name: shared}]}
            """;

        var root = Right(Two, [("SELDON_PREDICTOR", "two"), .. Kafka]).Graph!.Root;

        Assert.Equal((9003, 9001), (root.RestUrl!.Port, root.Children[0].RestUrl!.Port));
    }

    [Theory]
    [InlineData("machinelearning.seldon.io/v1"), InlineData("machinelearning.seldon.io/v1alpha2"), InlineData("machinelearning.seldon.io/v1alpha3")]
    public void EveryVersion_IsRead(string version) =>
        Assert.Equal("resnet32", Right(SampleManifest.Cifar10.Replace("machinelearning.seldon.io/v1", version, StringComparison.Ordinal)).Engine.Routes[0].Model.Name);

    [Theory]
    [InlineData("kfserving"), InlineData("v2")]
    public void OpenInference_HasBothItsNames(string protocol) =>
        Assert.Equal("v2", Right(SampleManifest.Around("{name: c0}", $"protocol: {protocol}")).Engine.Routes[0].Protocol);

    [Fact]
    public void OldNameOfTheDeployment_IsTaken() => Assert.Equal("p.old.n", Right(SampleManifest.Around("{name: c0}", "name: old").Replace("\n  name: d\n", "\n", StringComparison.Ordinal)).Kafka.Group);

    [Fact]
    public void OneDeploymentAmongOthers_IsTaken_AndTheOthersAreNamed()
    {
        var warnings = ManifestFile.WarningsOf($"---\n---\n{SampleManifest.Cifar10}---\napiVersion: v1\nkind: Service\n---\n# nothing\n");

        Assert.Contains("m.yaml:42 the Service has no effect here: only a SeldonDeployment is read.", warnings);
    }

    [Theory]
    [InlineData("List", "kind: SeldonDeployment\n  "), InlineData("SeldonDeploymentList", "")]
    public void Lists_AreTakenForTheirItems(string kind, string kindOfItem)
    {
        var item = SampleManifest.Around("{name: c0}").Replace("\n", "\n  ", StringComparison.Ordinal).Replace("kind: SeldonDeployment\n  ", kindOfItem, StringComparison.Ordinal);

        Assert.Equal("c0", Right($"apiVersion: v1\nkind: {kind}\nitems:\n- {item}").Engine.Routes[0].Model.Name);
    }

    [Fact]
    public void AliasesAndMergeKeys_AreResolved()
    {
        var root = Right(SampleManifest.Around("\n      name: c0\n      type: COMBINER\n      children:\n      - &m {type: TRANSFORMER, name: c1, endpoint: &e {httpPort: 1}}\n      - {<<: *m, name: c2}\n      - {name: c3, endpoint: *e}")).Graph!.Root;

        Assert.Equal([("c1", NodeMethods.TransformInput, 1), ("c2", NodeMethods.TransformInput, 1), ("c3", NodeMethods.Predict, 1)], root.Children.Select(c => (c.Name, c.Methods, c.RestUrl!.Port)));
    }

    [Fact]
    public void DefaultNamespace_IsThePods()
    {
        Assert.Equal("model.tfserving-cifar10.shop", Right(SampleManifest.Cifar10, ("POD_NAMESPACE", "shop")).Kafka.Group);
        Assert.Equal("p.d.n", Right(SampleManifest.Around("{name: c0}"), ("POD_NAMESPACE", "shop")).Kafka.Group);
        Assert.Equal("g", Right(SampleManifest.Cifar10, ("KAFKA_CONSUMER_GROUP", "g")).Kafka.Group);
    }

    private static readonly (string, string?)[] Kafka = [("KAFKA_BROKER", "b:1"), ("KAFKA_INPUT_TOPIC", "in"), ("KAFKA_OUTPUT_TOPIC", "out")];

    private static ProcessorSettings Right(string manifest, params (string Name, string? Value)[] settings)
    {
        var read = ManifestFile.Read(manifest, settings);
        Assert.Empty(read.Problems);
        return read;
    }
}
