using Confluent.Kafka;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Tests.Kafka.Clients;

/// <summary>What the guarantees rest on and no fault shows every time: what is lost without it is lost in one case of many.</summary>
public class ClientConfigsTests
{
    [Fact]
    public async Task Producer_WaitsForAllReplicas_WithOneRequestUnderWay_AndForEver()
    {
        await using var bed = await TestBed.CreateAsync();

        var producer = ClientConfigs.Producer(bed.ReadSettings().Kafka);

        Assert.Equal((true, Acks.All, 1, 0), (producer.EnableIdempotence, producer.Acks, producer.MaxInFlight, producer.MessageTimeoutMs));
    }

    [Fact]
    public async Task Consumer_CommitsOnlyWhatWasStored_AndSkipsNothingUnseen()
    {
        await using var bed = await TestBed.CreateAsync();

        var consumer = ClientConfigs.Consumer(bed.ReadSettings().Kafka);

        Assert.False(consumer.EnableAutoOffsetStore);
        Assert.Equal("error", consumer.Get("auto.offset.reset"));
        Assert.Equal(IsolationLevel.ReadCommitted, consumer.IsolationLevel);
        // A group waits no longer for this member, whatever ails its client.
        Assert.Equal(60_000, consumer.MaxPollIntervalMs);
    }

    public static readonly TheoryData<string, string> OfConnections = new()
    {
        { "ssl.endpoint.identification.algorithm", "none" }, { "ssl.keystore.location", "/etc/client.p12" }, { "ssl.crl.location", "/etc/crl" }, { "ssl.providers", "default,legacy" },
        { "enable.ssl.certificate.verification", "false" }, { "https.ca.location", "/etc/ca.pem" }, { "client.dns.lookup", "resolve_canonical_bootstrap_servers_only" },
        { "sasl.oauthbearer.metadata.authentication.type", "azure_imds" }, { "sasl.kerberos.service.name", "kafka" }, { "enable.sasl.oauthbearer.unsecure.jwt", "true" },
        { "broker.address.family", "v4" }, { "broker.version.fallback", "2.0.0" }, { "api.version.request.timeout.ms", "500" }, { "socket.timeout.ms", "5000" },
        { "socket.connection.setup.timeout.ms", "5000" }, { "reconnect.backoff.max.ms", "500" }, { "connections.max.idle.ms", "60000" }, { "metadata.recovery.strategy", "none" },
    };

    [Theory, MemberData(nameof(OfConnections))]
    public async Task PropertyOfConnections_ReachesEveryClient_AndAClientsOwnSectionWins(string property, string value)
    {
        await using var bed = await TestBed.CreateAsync();
        foreach (var (section, other) in new[] { ("Consumer", "Producer"), ("Producer", "Consumer") })
        {
            var options = bed.ReadSettings(($"Seldon:Kafka:{section}:{property}", value)).Kafka;
            Assert.All(Clients(options), c => Assert.Equal(value, c.Get(property)));

            options = bed.ReadSettings(($"Seldon:Kafka:{section}:{property}", value), ($"Seldon:Kafka:{other}:{property}", "other")).Kafka;
            Assert.Equal(section == "Consumer" ? (value, "other") : ("other", value), (ClientConfigs.Consumer(options).Get(property), ClientConfigs.Producer(options).Get(property)));
        }
    }

    [Fact]
    public async Task PropertyThatIsNotOfConnections_StaysInItsSection()
    {
        await using var bed = await TestBed.CreateAsync();

        var options = bed.ReadSettings(("Seldon:Kafka:Consumer:fetch.min.bytes", "7"), ("Seldon:Kafka:Producer:batch.size", "8")).Kafka;

        Assert.Equal(["7", null, null], Clients(options).Select(c => c.Get("fetch.min.bytes")));
        Assert.Equal([null, "8", null], Clients(options).Select(c => c.Get("batch.size")));
    }

    [Fact]
    public async Task PropertyOfConnectionsThatTheClientRefuses_IsNamedOnceWithItsSection()
    {
        await using var bed = await TestBed.CreateAsync();

        var problems = StreamProcessor.Check(bed.ReadSettings(("Seldon:Kafka:Producer:broker.address.family", "v5"), ("Seldon:Kafka:Consumer:socket.timeout.ms", "soon")).Kafka);

        Assert.Equal(2, problems.Count);
        Assert.Contains(problems, p => p.StartsWith("Seldon:Kafka:Producer:broker.address.family is refused", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("Seldon:Kafka:Consumer:socket.timeout.ms is refused", StringComparison.Ordinal));
    }

    private static Config[] Clients(KafkaOptions options) => [ClientConfigs.Consumer(options), ClientConfigs.Producer(options), ClientConfigs.Admin(options)];
}
