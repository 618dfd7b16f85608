namespace Seldon.Functions.KafkaTests;

/// <summary>A raw property that a connection needs reaches every client, whichever section it stands in.</summary>
public class ConnectionPropertyTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private KafkaBroker Broker
    {
        get
        {
            if (Fixture.Broker is null) Assert.Skip("Only the broker that the tests start themselves has listeners with TLS and SASL.");
            return Fixture.Broker;
        }
    }

    private (string, string) Authority => ("KAFKA_SSL_CA_CERT_FILE", Broker.Tls("ca.pem"));

    private (string, string)[] Sasl =>
    [
        ("KAFKA_BROKER", Broker.SaslSsl), ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_USERNAME", "alice"), ("KAFKA_SASL_PASSWORD", "alice-secret"),
    ];

    [Theory, InlineData("Consumer"), InlineData("Producer")]
    public Task Keystore_RecordsFlowAndAreRedriven(string section) => AssertRecordsFlowAsync(
    [
        ("KAFKA_BROKER", Broker.Ssl), ("KAFKA_SECURITY_PROTOCOL", "SSL"), Authority,
        ($"Seldon:Kafka:{section}:ssl_keystore_location", Broker.Tls("client.p12")), ($"Seldon:Kafka:{section}:ssl.keystore.password", "changeit"),
    ]);

    [Theory, InlineData("Consumer"), InlineData("Producer")]
    public Task NoVerification_RecordsFlowAndAreRedriven(string section) =>
        AssertRecordsFlowAsync([.. Sasl, ($"Seldon:Kafka:{section}:enable.ssl.certificate.verification", "false")]);

    [Theory, InlineData("Consumer"), InlineData("Producer")]
    public async Task NameThatIsNotInTheCertificate_RecordsFlowAndAreRedriven(string section)
    {
        using var door = new Door("127.0.0.2", Broker.SaslSsl);

        await AssertRecordsFlowAsync([.. Sasl, Authority, ("KAFKA_BROKER", door.Address), ($"Seldon:Kafka:{section}:ssl.endpoint.identification.algorithm", "none")]);
    }

    [Fact]
    public async Task BrokerByIpv6_RecordsFlow()
    {
        if (!System.Net.Sockets.Socket.OSSupportsIPv6) Assert.Skip("There is no IPv6 here.");
        using var door = new Door("::1", Kafka.BootstrapServers);

        await AssertRecordsFlowAsync(("KAFKA_BROKER", door.Address));
    }

    private async Task AssertRecordsFlowAsync(params (string, string)[] settings)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(40);
        await Kafka.ProduceAsync(flowers.All());
        await using (var instance = Instance.Start(pipeline.Settings(settings)))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, more: () => $"{instance.Log}");
            Assert.DoesNotContain(instance.Log.Shown, l => l.Id is 200 or 207 or 208);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);

        var scene = new RedriveScene(pipeline, Kafka);
        foreach (var (name, value) in settings) scene.Settings[name] = value;
        var (counts, obstacle) = await scene.RedriveAsync();
        Assert.Null(obstacle);
        Assert.Equal(flowers.BadCount, counts.Redriven);
    }
}
