using Seldon.Functions.Tests.Documents;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Settings;

/// <summary>Names that look like settings and are none: a warning with the name that was probably meant.</summary>
public class UnreadSettingsTests
{
    [Theory]
    [InlineData("KAFKA_WORKER", "KAFKA_WORKERS"), InlineData("KAFKA_CONSUMERGROUP", "KAFKA_CONSUMER_GROUP"), InlineData("KAFKA_BROKERS", "KAFKA_BROKER")]
    [InlineData("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKER"), InlineData("KAFKA_GROUP_ID", "KAFKA_CONSUMER_GROUP"), InlineData("KAFKA_USERNAME", "KAFKA_SASL_USERNAME")]
    [InlineData("KAFKA_TOPIC", "KAFKA_INPUT_TOPIC"), InlineData("KAFKA_SSL_CA", "KAFKA_SSL_CA_CERT"), InlineData("kafka_worker", "KAFKA_WORKERS")]
    [InlineData("KAFKA_SECURTY_PROTOCOLL", "KAFKA_SECURITY_PROTOCOL"), InlineData("MODEL_URL", "MODEL_REST_URL"), InlineData("MODEL_GRPC_URI", "MODEL_GRPC_URL")]
    [InlineData("MODEL_TIMOUT", "MODEL_TIMEOUT"), InlineData("MODEL_CA", "MODEL_CA_FILE"), InlineData("SELDON_PROTOCL", "SELDON_PROTOCOL"), InlineData("SELDON_PORT", "SELDON_HTTP_PORT")]
    public void MisspeltName_IsAWarningWithTheNearestName(string name, string meant) =>
        Assert.Equal($"{name} is no setting and has no effect. Did you mean {meant}?", Assert.Single(Warnings((name, "8"))));

    [Fact]
    public void NamesThatAreLikeNoSetting_AreOneWarning() => Assert.Equal(
        "KAFKA_HEAP_OPTS, MODEL_IMPLEMENTATION: no settings of this program, without effect here. All settings are in docs/settings.md.",
        Assert.Single(Warnings(("KAFKA_HEAP_OPTS", "-Xmx1g"), ("MODEL_IMPLEMENTATION", "x"))));

    [Theory]
    [InlineData("KAFKA_WORKER", ""), InlineData("KAFKA_WORKER", " "), InlineData("MY_KAFKA_WORKER", "8"), InlineData("KAFKAWORKER", "8")]
    // What Kubernetes sets in pods beside a service named 'kafka', 'model' or 'seldon'.
    [InlineData("KAFKA_SERVICE_HOST", "10.0.0.1"), InlineData("KAFKA_SERVICE_PORT", "9092"), InlineData("KAFKA_SERVICE_PORT_TCP_CLIENT", "9092"), InlineData("KAFKA_PORT", "tcp://10.0.0.1:9092")]
    [InlineData("KAFKA_PORT_9092_TCP", "tcp://10.0.0.1:9092"), InlineData("MODEL_PORT_9092_TCP_ADDR", "10.0.0.1"), InlineData("SELDON_PORT_9092_TCP_PORT", "9092"), InlineData("KAFKA_PORT_53_UDP_PROTO", "udp")]
    public void WhatIsNotSetOrNotMeantForUs_IsSilent(string name, string value) => Assert.Empty(Warnings((name, value)));

    [Theory]
    [InlineData("Kafka:Broker", "KAFKA_BROKER"), InlineData("Kafka:ConsumerGroup", "KAFKA_CONSUMER_GROUP"), InlineData("Kafka:Sasl:Password", "KAFKA_SASL_PASSWORD"), InlineData("kafka:inputTopic", "KAFKA_INPUT_TOPIC")]
    [InlineData("Kafka:BootstrapServers", "KAFKA_BROKER"), InlineData("Model:RestUrl", "MODEL_REST_URL"), InlineData("Model:Name", "MODEL_NAME")]
    [InlineData("Routes:0:Name", "Seldon:Routes:0:Name"), InlineData("Window:Records", "Seldon:Window:Records"), InlineData("Nodes:a:RestUrl", "Seldon:Nodes:a:RestUrl")]
    public void SectionThatNothingReads_IsAWarningWithTheSetting(string path, string meant) =>
        Assert.Equal($"{path} is read by nothing. Did you mean {meant}?", Assert.Single(Warnings((path, "x"))));

    [Fact]
    public void SectionOfLocalSettings_IsAWarning() =>
        Assert.Equal("Values:KAFKA_BROKER is read by nothing. Set KAFKA_BROKER at the top level, or in the environment.", Assert.Single(Warnings(("Values:KAFKA_BROKER", "b:1"))));

    [Fact]
    public void MisspeltNameInAManifest_IsNamedWithItsPlaceAndTheNearestName() => Assert.Contains(
        ManifestFile.WarningsOf(SampleManifest.Cifar10.Replace("- name: KAFKA_INPUT_TOPIC", "- {name: KAFKA_WORKER, value: '8'}\n      - name: KAFKA_INPUT_TOPIC", StringComparison.Ordinal)),
        w => w.StartsWith("m.yaml:", StringComparison.Ordinal) && w.EndsWith("Did you mean KAFKA_WORKERS?", StringComparison.Ordinal));

    /// <summary>Whatever else is set: a setting that the page lists is known.</summary>
    [Fact]
    public void SettingsOfThePage_AreKnownInEveryCompany()
    {
        using var manifest = new ManifestFile(SampleManifest.Cifar10);
        (string, string?)[][] companies =
        [
            [],
            [("MODEL_NAME", null), ("MODEL_REST_URL", null), ("SELDON_PROTOCOL", null), .. SettingsTests.Route(0, "a", "t")],
            [("MODEL_NAME", null), ("MODEL_REST_URL", null), ("SELDON_PROTOCOL", null), ("SELDON_DEPLOYMENT", manifest.Path)],
            [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")], [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER")],
            [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "GSSAPI")],
        ];
        var documented = SettingsPage.Names.Where(n => n.Contains('_', StringComparison.Ordinal)).ToList();

        Assert.Contains("KAFKA_SASL_OAUTHBEARER_EXTENSIONS", documented);
        Assert.InRange(documented.Count, 50, 100);
        foreach (var name in documented)
        {
            foreach (var company in companies)
            {
                var warnings = SettingsTests.Read([.. company, (name, company.FirstOrDefault(c => c.Item1 == name).Item2 ?? "x")]).Warnings;
                Assert.DoesNotContain(warnings, w => w.Contains("no setting", StringComparison.Ordinal));
            }
        }
    }

    private static IReadOnlyList<string> Warnings(params (string Name, string? Value)[] settings)
    {
        var read = SettingsTests.Read(settings);
        Assert.Empty(read.Problems);
        return read.Warnings;
    }
}
