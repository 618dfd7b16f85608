namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Manifests that are wrong: all at once, each with file and line, what was seen, and what to do.</summary>
public class ManifestProblemTests
{
    private const string Ab = "implementation: RANDOM_ABTEST";

    /// <summary>The graph of a manifest, in line 20; the problem with its line.</summary>
    public static readonly TheoryData<string, string> Graphs = new()
    {
        { "", "m.yaml:20 the predictor 'p' has no graph: give it at least one node" },
        { "[]", "m.yaml:20 the predictor 'p' has no graph" },
        { "[1]", "m.yaml:20 a node of the graph is a list: make it a mapping" },
        { "model", "m.yaml:20 a node of the graph is a single value" },
        { "{type: MODEL}", "m.yaml:20 a node of the graph has no name" },
        { "\n      type: MODEL\n      name: [a]", "m.yaml:22 name of a node of the graph is a list" },
        { "\n      name: c0\n      type: MODELL", "m.yaml:22 type of the node 'c0' is 'MODELL': use one of UNKNOWN_TYPE, MODEL, TRANSFORMER, ROUTER, COMBINER, OUTPUT_TRANSFORMER" },
        { "\n      name: c0\n      methods:\n      - TRANSFORM_INPUT\n      - PREDICT", "m.yaml:24 methods of the node 'c0' has 'PREDICT': use TRANSFORM_INPUT, TRANSFORM_OUTPUT, ROUTE, AGGREGATE, SEND_FEEDBACK" },
        { "\n      name: c0\n      implementation: AVERAGE_COMBINER", "m.yaml:22 implementation of the node 'c0' is AVERAGE_COMBINER, which Seldon's executor does not have either" },
        { "\n      name: c0\n      children:\n      - name: c1\n      - name: c0", "m.yaml:24 the node 'c0' stands in the graph 2 times, first in line 21: give each node a name of its own" },
        { "{name: c0, type: ROUTER}", "m.yaml:20 the node 'c0' routes, but has no children" },
        { "{name: c0, implementation: SIMPLE_ROUTER}", "m.yaml:20 the node 'c0' routes, but has no children" },
        { $"{{name: c0, {Ab}}}", "m.yaml:20 the node 'c0' is a RANDOM_ABTEST and has no children: give it two" },
        { $"{{name: c0, {Ab}, children: [{{name: c1}}]}}", "m.yaml:20 the node 'c0' is a RANDOM_ABTEST and has one child" },
        { $"{{name: c0, {Ab}, children: [{{name: c1}}, {{name: c2}}, {{name: c3}}]}}", "m.yaml:20 the node 'c0' is a RANDOM_ABTEST and has 3 children" },
        { $"{{name: c0, {Ab}, children: [{{name: c1}}, {{name: c2}}],\n     parameters: [{{name: ratioA, value: '1.5'}}]}}", "m.yaml:21 the parameter ratioA of the node 'c0' is '1.5': use a number from 0 to 1" },
        { $"{{name: c0, {Ab}, children: [{{name: c1}}, {{name: c2}}],\n     parameters: [{{name: ratioA, value: half}}]}}", "m.yaml:21 the parameter ratioA of the node 'c0' is 'half'" },
        { "{name: c0, type: COMBINER}", "m.yaml:20 the node 'c0' combines, but has no children: give it those whose answers it combines" },
        { "{name: c0, type: UNKNOWN_TYPE}", "m.yaml:20 the node 'c0' has neither a type nor methods" },
        { "{name: c0, methods: []}", "m.yaml:20 the node 'c0' has neither a type nor methods" },
        { "{name: x}", "m.yaml:20 the node 'x' must be called, but has no container and no endpoint with httpPort: add one of them, or set Seldon:Nodes:x:RestUrl" },
        { "{name: x, endpoint: {httpPort: 5}}", "m.yaml:20 the node 'x' must be called, but has no container, and its endpoint has no service_host: add one of them, or set MODEL_HOST or Seldon:Nodes:x:RestUrl" },
        { "\n      name: c0\n      endpoint:\n        httpPort: 70000", "m.yaml:23 httpPort of endpoint of the node 'c0' is '70000': use a whole number from 1 to 65535" },
        { "\n      name: c0\n      endpoint:\n        grpcPort: -1", "m.yaml:23 grpcPort of endpoint of the node 'c0' is '-1'" },
        { "\n      name: c0\n      endpoint:\n        service_port: 010", "m.yaml:23 service_port of endpoint of the node 'c0' is '010'" },
        { "\n      name: c0\n      endpoint:\n        service_host: http://x", "m.yaml:23 service_host of the node 'c0' is 'http://x': use a host name" },
        { "\n      name: c0\n      endpoint: {type: HTTP}", "m.yaml:22 type of endpoint of the node 'c0' is 'HTTP': use one of REST, GRPC" },
        { "{name: c0, endpoint: {type: REST}, children: [\n      {name: c1, endpoint: {type: GRPC}}]}", "m.yaml:21 endpoint.type of the node 'c1' is GRPC, but that of the node 'c0' is REST: let them agree, or set SELDON_TRANSPORT" },
        { "{name: c0, children: {name: c1}}", "m.yaml:20 children of the node 'c0' is a mapping: make it a list" },
        { "{name: c0, children: [c1]}", "m.yaml:20 a node of the graph is a single value" },
        { "&a {name: c0, children: [*a]}", "m.yaml:20 is not valid YAML or JSON: The alias *a stands within what it names: a graph has no cycles: correct it there" },
        { "{name: c0, children: [*b]}", "m.yaml:20 is not valid YAML or JSON: The alias *b names nothing above it" },
        { "\n      name: c0\n      type: MODEL\n      name: c1", "m.yaml:23 is not valid YAML or JSON: The key 'name' stands twice in its mapping" },
        { "{name: c0, <<: 5}", "m.yaml:20 is not valid YAML or JSON: What '<<' names is no mapping" },
        { "{name: c0, ? [a] : b}", "m.yaml:20 is not valid YAML or JSON: A key must be a single value" },
        { "{name: c0", "m.yaml:21 is not valid YAML or JSON: While parsing a flow mapping, " },
    };

    /// <summary>A line of spec, which is line 7; the problem.</summary>
    public static readonly TheoryData<string, string, string> Specs = new()
    {
        { "protocol: v3", "{name: c0}", "m.yaml:7 spec.protocol is 'v3': use one of seldon, tensorflow, v2, kfserving, open-inference." },
        { "transport: http", "{name: c0}", "m.yaml:7 spec.transport is 'http': use one of auto, rest, grpc." },
        { "serverType: mqtt", "{name: c0}", "m.yaml:7 serverType of spec is 'mqtt': use one of rpc, kafka" },
        { "transport: grpc", "{name: c0, endpoint: {type: REST}}", "m.yaml:20 endpoint.type of the node 'c0' is REST, but spec.transport is grpc" },
        { "annotations: {seldon.io/rest-timeout: soon}", "{name: c0}", "m.yaml:7 seldon.io/rest-timeout is 'soon': use milliseconds from 1 to 3600000." },
        { "annotations: {seldon.io/grpc-timeout: '0'}", "{name: c0}", "m.yaml:7 seldon.io/grpc-timeout is '0': use milliseconds" },
        { "annotations: [a]", "{name: c0}", "m.yaml:7 annotations of spec is a list" },
        { "protocol: tensorflow", "{name: c0, implementation: SKLEARN_SERVER}", "m.yaml:20 the node 'c0' is served by SKLEARN_SERVER, which does not speak tensorflow" },
        { "protocol: tensorflow", "{name: c0, implementation: XGBOOST_SERVER}", "which does not speak tensorflow" },
        { "protocol: tensorflow", "{name: c0, implementation: MLFLOW_SERVER}", "which does not speak tensorflow" },
        { "protocol: v2", "{name: c0, implementation: SIMPLE_MODEL}", "m.yaml:20 the node 'c0' is a SIMPLE_MODEL, but the protocol is v2" },
        { "{protocol: tensorflow, transport: grpc}", "{name: c0, type: ROUTER, children: [{name: c1}]}", "m.yaml:20 the node 'c0' routes, which the protocol tensorflow has no gRPC method for: use REST, or the protocol seldon" },
        { "{protocol: kfserving, transport: grpc}", "{name: c0, type: COMBINER, children: [{name: c1}, {name: c2}]}", "m.yaml:20 the node 'c0' combines, which the protocol kfserving has no gRPC method for" },
    };

    /// <summary>A part of a right manifest, what stands there instead, and the problem.</summary>
    public static readonly TheoryData<string, string, string> Changes = new()
    {
        { "seldon.io/v1\n", "seldon.io/v2\n", "m.yaml:1 apiVersion of SeldonDeployment is 'machinelearning.seldon.io/v2': use one of machinelearning.seldon.io/v1, machinelearning.seldon.io/v1alpha2" },
        { "apiVersion: machinelearning.seldon.io/v1\n", "", "m.yaml:1 SeldonDeployment has no apiVersion" },
        { "kind: SeldonDeployment", "kind: Deployment", "m.yaml:1 holds no SeldonDeployment, but the Deployment: name a file with a document of kind: SeldonDeployment" },
        { "kind: SeldonDeployment", "# none", "m.yaml:1 holds no SeldonDeployment, but a document without kind" },
        { "  name: d\n", "", "m.yaml:4 SeldonDeployment has no name: give it metadata.name" },
        { "- name: p", "- traffic: 5", "m.yaml:9 a predictor has no name" },
        { "  predictors:\n", "  predictors: []\n  rest:\n", "m.yaml:8 spec has no predictors" },
        { "  predictors:\n", "  predictors:\n  - {name: q, graph: {name: a}}\n", "m.yaml:8 spec has 2 predictors, 'q', 'p': choose one by SELDON_PREDICTOR: weights cannot be honoured" },
        { "  predictors:\n", "  predictors:\n  - {name: p, graph: {name: a}}\n", "m.yaml:10 2 predictors have the name 'p'" },
        { "\nspec:\n", "\nspec: {}\nother:\n", "m.yaml:6 SeldonDeployment has no spec" },
        { "containerPort: 1}", "containerPort: 99999}", "m.yaml:14 containerPort of a port of the container 'c7' is '99999'" },
        { "value: in}", "value: a b}", "m.yaml:18 KAFKA_INPUT_TOPIC is 'a b': use up to 249" },
        { "{name: KAFKA_OUTPUT_TOPIC, value: out}", "{value: out}", "m.yaml:19 a variable of svcOrchSpec.env has no name" },
        { "{name: KAFKA_BROKER, value: \"b:1\"}", "{name: OTHER, value: x}", "KAFKA_BROKER is not set: set it to host:port of a broker, several separated by commas, here or in svcOrchSpec.env of the predictor 'p' (m.yaml:9)." },
        { "{name: KAFKA_INPUT_TOPIC, value: in}", "{name: OTHER, value: x}", "KAFKA_INPUT_TOPIC is not set: set it to the topic with the requests, here or in svcOrchSpec.env" },
        { "{name: KAFKA_OUTPUT_TOPIC, value: out}", "{name: OTHER, value: x}", "KAFKA_OUTPUT_TOPIC is not set: set it to the topic for results, here or in svcOrchSpec.env" },
        { "{name: KAFKA_OUTPUT_TOPIC, value: out}", "{name: KAFKA_OUTPUT_TOPIC, value: in}", "m.yaml:19 KAFKA_OUTPUT_TOPIC is 'in', which is read as input" },
        { "{name: KAFKA_OUTPUT_TOPIC, value: out}", "{name: KAFKA_OUTPUT_TOPIC, value: out}\n      - {name: KAFKA_FULL_GRAPH, value: 'true'}", "m.yaml:20 KAFKA_FULL_GRAPH is 'true'" },
        { "  namespace: n", "\tnamespace: n", "m.yaml:4 is not valid YAML or JSON: While scanning a plain scalar, found a tab" },
        { "  namespace: n", "  namespace: {{ .Release.Namespace }}", "m.yaml:5 is not valid YAML or JSON: A key must be a single value: it seems to be a template: give what 'helm template' makes of it." },
    };

    [Theory, MemberData(nameof(Graphs))]
    public void WrongGraph_IsNamedWithItsLine(string graph, string problem) => Assert.Contains(ManifestFile.ProblemsOf(SampleManifest.Around(graph)), p => p.StartsWith(problem, StringComparison.Ordinal));

    [Theory, MemberData(nameof(Specs))]
    public void WrongSpec_IsNamedWithItsLine(string spec, string graph, string problem)
    {
        // Several keys in the one line that the test changes.
        var manifest = spec.StartsWith('{') ? SampleManifest.Around(graph, $"<<: {spec}") : SampleManifest.Around(graph, spec);

        Assert.Contains(ManifestFile.ProblemsOf(manifest), p => p.Contains(problem, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Changes))]
    public void ChangedManifest_IsNamedWithItsLine(string part, string instead, string problem)
    {
        var before = SampleManifest.Around("{name: c0}");
        var after = before.Replace(part, instead, StringComparison.Ordinal);
        Assert.NotEqual(before, after);

        Assert.Contains(ManifestFile.ProblemsOf(after), p => p.StartsWith(problem, StringComparison.Ordinal));
        Assert.Empty(ManifestFile.ProblemsOf(before));
    }

    [Fact]
    public void BothTransports_AreWhatGrpcCannotRouteEither()
    {
        var problems = ManifestFile.ProblemsOf(SampleManifest.Around("{name: c0, type: ROUTER, children: [{name: c1}]}", "protocol: tensorflow"), ("SELDON_TRANSPORT", "auto"));

        Assert.Contains("no gRPC method for: use REST alone, by SELDON_TRANSPORT=rest, or the protocol seldon", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralDeployments_AreNamedWithTheirLines() => Assert.StartsWith(
        "m.yaml:40 holds 2 of kind SeldonDeployment, 'tfserving-cifar10' (line 1), 'd' (line 40): choose one by SELDON_DEPLOYMENT_ID",
        Assert.Single(ManifestFile.ProblemsOf($"{SampleManifest.Cifar10}---\n{SampleManifest.Around("{name: c0}")}")), StringComparison.Ordinal);

    [Fact]
    public void UnknownPredictor_IsNamedWithThoseThatThereAre() => Assert.Equal(
        ["SELDON_PREDICTOR is 'x', but m.yaml:9 has 'model': use one of these."], ManifestFile.ProblemsOf(SampleManifest.Cifar10, ("SELDON_PREDICTOR", "x")));

    [Fact]
    public void EverythingIsWrong_EveryMistakeIsNamedAtOnce()
    {
        var problems = ManifestFile.ProblemsOf(
            SampleManifest.Around("{name: c0, type: COMBINER, children: [{name: c0, type: X}, {name: y}, {name: z, type: ROUTER, endpoint: {httpPort: 0x10}}]}", "protocol: none")
                .Replace("value: in}", "value: a b}", StringComparison.Ordinal),
            ("MODEL_NAME", "m"), ("KAFKA_WORKERS", "many"), ("MODEL_TIMEOUT", "soon"), ("SELDON_HTTP_PORT", "no"), ("MODEL_HOST", "http://x"));

        string[] expected = ["stands in the graph 2 times", "'X'", "'y' must be called", "'z' routes", "'0x10'", "spec.protocol", "'a b'", "MODEL_NAME is set", "KAFKA_WORKERS", "MODEL_TIMEOUT", "SELDON_HTTP_PORT", "MODEL_HOST"];
        foreach (var part in expected) Assert.Contains(problems, p => p.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void UnreadableManifest_HidesNoOtherMistakeAndInventsNone() => Assert.Equal(
        ["KAFKA_WORKERS", "SELDON_DEPLOYMENT"], ManifestFile.ReadSettings(("SELDON_DEPLOYMENT", "/no/such"), ("KAFKA_WORKERS", "x")).Problems.Select(p => p.Split(' ')[0]).Order());
}
