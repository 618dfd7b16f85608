using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary><c>ENGINE_PREDICTOR</c>: what Seldon's operator makes of a manifest, with ports, hosts and types filled in.</summary>
public class EnginePredictorTests
{
    /// <summary>As Go writes it: escapes in letters' clothes, empty values for what is not set, zeros for what must not differ.</summary>
    private const string Json = """
        {"name":"model","graph":{"name":"resnet32","type":"MODEL","implementation":"UNKNOWN_IMPLEMENTATION","endpoint":{"service_host":"localhost","service_port":8501,"httpPort":8501,"grpcPort":9500},
        "modelUri":"gs:\/\/x\u003cy"},"componentSpecs":[{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"resnet32","ports":[{"name":"http","containerPort":8501},{"name":"metrics","containerPort":6000,"protocol":"TCP"}],
        "resources":{}}]}}],"replicas":0,"engineResources":{},"labels":{"version":"model","x":"\ud83d\ude00"},"svcOrchSpec":{"env":[{"name":"KAFKA_BROKER","value":"b:1"},{"name":"KAFKA_INPUT_TOPIC","value":"in"},
        {"name":"KAFKA_OUTPUT_TOPIC","value":"out"}]},"annotations":{"seldon.io/rest-timeout":"50","seldon.io/no-engine":"x"}}
        """;

    [Fact]
    public void OperatorsPredictor_IsARoute_AndNothingOfItIsSaidToBeMissing()
    {
        var settings = Right(Json, ("POD_NAMESPACE", "n"), ("SELDON_PROTOCOL", "tensorflow"));

        var route = settings.Engine.Routes[0];
        Assert.Equal(("resnet32", new Uri("http://localhost:8501"), null, TimeSpan.FromMilliseconds(50)), (route.Model.Name, route.RestUrl, route.Graph, route.Limits.Timeout));
        Assert.Equal(("model.d.n", "b:1"), (settings.Kafka.Group, settings.Kafka.Broker));
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void PrettyJsonWithTabs_IsReadAsWell() =>
        Assert.Equal("c0", Right("{\n\t\"name\" :\"p\",\n\t\"graph\": {\n\t\t\"name\": \"c0\",\t\"endpoint\": {\"service_host\": \"h\", \"httpPort\": 1}\n\t}\n}", Kafka).Engine.Routes[0].Model.Name);

    [Fact]
    public void WhoseItIs_MustBeKnown()
    {
        Assert.StartsWith("KAFKA_CONSUMER_GROUP is not set, and ENGINE_PREDICTOR does not say whose predictor it is: set it, or SELDON_DEPLOYMENT_ID",
            Assert.Single(ManifestFile.ReadPredictor(Json, ("SELDON_DEPLOYMENT_ID", null)).Problems), StringComparison.Ordinal);
        Assert.Equal("g", Right(Json, ("SELDON_DEPLOYMENT_ID", null), ("KAFKA_CONSUMER_GROUP", "g")).Kafka.Group);
        Assert.Equal("model.d.default", Right(Json).Kafka.Group);
    }

    [Fact]
    public void OtherPredictorIsWanted_IsAProblem() => Assert.Equal(
        "SELDON_PREDICTOR is 'other', but ENGINE_PREDICTOR holds 'model': remove it.", Assert.Single(ManifestFile.ReadPredictor(Json, ("SELDON_PREDICTOR", "other")).Problems));

    [Fact]
    public void AnnotationsOfThePod_WinOverThePredictors()
    {
        using var pod = new ManifestFile("a=\"b\"\nseldon.io/rest-timeout=\"70\"\nno line\nx=\"seldon.io/rest-timeout=9\"\n");
        Assert.Equal(70, Right(Json, ("SELDON_ANNOTATIONS_FILE", pod.Path)).Engine.Routes[0].Limits.Timeout.TotalMilliseconds);

        using var wrong = new ManifestFile("a=\"b\"\nseldon.io/rest-timeout=\"7s\"\n");
        Assert.Equal($"{wrong.Path}:2 seldon.io/rest-timeout is '7s': use milliseconds from 1 to 3600000.", Assert.Single(ManifestFile.ReadPredictor(Json, ("SELDON_ANNOTATIONS_FILE", wrong.Path)).Problems));
    }

    [Fact]
    public void MistakeInJson_IsNamedWithItsLine() => Assert.StartsWith(
        "ENGINE_PREDICTOR:2 type of the node 'a' is 'X'", ManifestFile.ReadPredictor("{\"name\":\"p\",\n\"graph\":{\"name\":\"a\",\"type\":\"X\"}}", Kafka).Problems[0], StringComparison.Ordinal);

    private static readonly (string, string?)[] Kafka = [("KAFKA_BROKER", "b:1"), ("KAFKA_INPUT_TOPIC", "in"), ("KAFKA_OUTPUT_TOPIC", "out")];

    private static ProcessorSettings Right(string json, params (string Name, string? Value)[] settings)
    {
        var read = ManifestFile.ReadPredictor(json, settings);
        Assert.Empty(read.Problems);
        return read;
    }
}
