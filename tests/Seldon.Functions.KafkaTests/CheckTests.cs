using System.Text.Json;

namespace Seldon.Functions.KafkaTests;

/// <summary><c>check</c> against what can be wrong: the right line is red, and says what to do.</summary>
public class CheckTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const string User = "alice";
    private const string Password = "alice-secret";

    private KafkaBroker Broker
    {
        get
        {
            if (Fixture.Broker is null) Assert.Skip("Only the broker that the tests start themselves has listeners with TLS and SASL.");
            return Fixture.Broker;
        }
    }

    private (string, string) CaFile => ("KAFKA_SSL_CA_CERT_FILE", Broker.Tls("ca.pem"));

    [Fact]
    public async Task AllIsRight_NoLineIsRed_AndNobodyJoinsTheGroup()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        await Kafka.ProduceAsync(pipeline.Flowers(20).All());

        var (code, findings) = await CheckAsync(pipeline.Settings());

        Assert.Equal((0, true), (code, findings.All(f => f.Level == "ok")));
        Assert.Contains(findings, f => f.Subject == "broker" && f.Text.Contains("1 broker over PLAINTEXT", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Subject == "input topic" && f.Text.Contains($"{pipeline.Input}: 4 partitions, cleanup.policy delete, max.message.bytes 1048588, may be read", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Subject == "error topic" && f.Text.Contains("2 partitions", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Subject == "consumer group" && f.Text.Contains("has committed nothing yet", StringComparison.Ordinal) && f.Text.Contains("20 records", StringComparison.Ordinal));
        Assert.Equal(2, findings.Count(f => f.Subject == "model default" && f.Text.Contains("takes features DT_FLOAT [-1,4], gives scores DT_FLOAT [-1,3]; dimension 0 is open", StringComparison.Ordinal)));
        Assert.Equal(0, await Kafka.CountAsync(pipeline.Output));
    }

    [Fact]
    public async Task OtherAuthority_SaysWhichSetting() => await AssertRedAsync(
        "broker", "KAFKA_SSL_CA_CERT_FILE", [.. Sasl("SASL_SSL", Password), ("KAFKA_SSL_CA_CERT_FILE", Broker.Tls("client.pem"))]);

    [Theory, InlineData("SASL_PLAINTEXT"), InlineData("SASL_SSL")]
    public async Task WrongPassword_SaysWhichSetting(string protocol) => await AssertRedAsync(
        "broker", "KAFKA_SASL_PASSWORD", [.. Sasl(protocol, "wrong"), .. protocol == "SASL_SSL" ? [CaFile] : Array.Empty<(string, string)>()]);

    [Fact]
    public Task WrongMechanism_SaysWhichSetting() => AssertRedAsync(
        "broker", "KAFKA_SASL_MECHANISM", [.. Sasl("SASL_PLAINTEXT", Password), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER"), ("Seldon:Kafka:Consumer:enable.sasl.oauthbearer.unsecure.jwt", "true"), ("KAFKA_SASL_USERNAME", ""), ("KAFKA_SASL_PASSWORD", ""),
            ("Seldon:Kafka:Consumer:sasl.oauthbearer.config", "principal=alice")]);

    [Fact]
    public Task PlaintextTowardsTls_SaysWhichProtocol() => AssertRedAsync("broker", "set KAFKA_SECURITY_PROTOCOL to SSL: the listener speaks TLS", ("KAFKA_BROKER", Broker.Ssl));

    [Fact]
    public Task SaslWithoutTlsTowardsTls_SaysWhichProtocol() => AssertRedAsync(
        "broker", "set KAFKA_SECURITY_PROTOCOL to SASL_SSL", [.. Sasl("SASL_PLAINTEXT", Password), ("KAFKA_BROKER", Broker.SaslSsl)]);

    [Fact]
    public Task TlsTowardsPlaintext_SaysWhichProtocol() => AssertRedAsync(
        "broker", "set KAFKA_SECURITY_PROTOCOL to PLAINTEXT: the listener does not speak TLS", ("KAFKA_BROKER", Broker.Plaintext), ("KAFKA_SECURITY_PROTOCOL", "SSL"), CaFile);

    [Fact]
    public Task NoClientCertificate_SaysWhichSetting() => AssertRedAsync("broker", "KAFKA_SSL_CLIENT_CERT_FILE", ("KAFKA_BROKER", Broker.Ssl), ("KAFKA_SECURITY_PROTOCOL", "SSL"), CaFile);

    [Fact]
    public Task NobodyThere_SaysSo() => AssertRedAsync("broker", "start the broker, or correct the port", ("KAFKA_BROKER", "127.0.0.1:1"));

    [Fact]
    public Task NoSuchName_SaysSo() => AssertRedAsync("broker", "correct the name", ("KAFKA_BROKER", "no-such-host.invalid:9092"));

    [Fact]
    public async Task TopicsAreMissing_EachIsRed_AndNoneIsMade()
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Output, 1);

        var (code, findings) = await CheckAsync(pipeline.Settings());

        Assert.Equal(1, code);
        Assert.Equal(["error topic", "input topic"], findings.Where(f => f.Level == "failure").Select(f => f.Subject).Order());
        Assert.Contains(findings, f => f.Fix?.Contains($"--create --topic {pipeline.Input}", StringComparison.Ordinal) == true);
        Assert.Equal((0, 0), (Kafka.Partitions(pipeline.Input), Kafka.Partitions(pipeline.Errors)));
    }

    [Fact]
    public async Task TopicsThatDoNotFit_AreYellow()
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Input, 1);
        await Kafka.CreateAsync(pipeline.Output, 1, ("cleanup.policy", "compact"));
        await Kafka.CreateAsync(pipeline.Errors, 1, ("max.message.bytes", "1000"));

        var (code, findings) = await CheckAsync(pipeline.Settings());

        Assert.Equal(0, code);
        Assert.Equal(["error topic", "results topic"], findings.Where(f => f.Level == "warning").Select(f => f.Subject).Order());
        Assert.Contains(findings, f => f.Text.Contains("large dead letters lose their values", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TopicsAreDenied_EachIsRedWithTheRight()
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        await using var broker = await KafkaBroker.StartAsync(
            Fixture.Home, settings: "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer super.users=User:ANONYMOUS allow.everyone.if.no.acl.found=false");
        using var topics = new KafkaTopics(broker.Plaintext);
        var pipeline = new Pipeline(topics, Model.RestUrl, null, NewName());
        await pipeline.CreateTopicsAsync(1, 1, 1);
        (string, string)[] alice =
        [
            ("KAFKA_BROKER", broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_USERNAME", User), ("KAFKA_SASL_PASSWORD", Password),
        ];

        var (code, findings) = await CheckAsync(pipeline.Settings(alice));
        Assert.Equal(1, code);
        Assert.Equal(["error topic", "input topic", "results topic"], findings.Where(f => f.Level == "failure").Select(f => f.Subject).Order());
        Assert.Contains(findings, f => f.Fix?.Contains($"Write (which includes Describe) on the topic {pipeline.Errors}", StringComparison.Ordinal) == true);

        // It may see them, read one and write none.
        await topics.AllowAsync(User, pipeline.Input, "Read");
        await topics.AllowAsync(User, pipeline.Output, "Describe");
        await Until.True(async () =>
        {
            (code, findings) = await CheckAsync(pipeline.Settings(alice));
            return findings.Any(f => f is { Subject: "input topic", Level: "ok" }) && findings.Any(f => f.Text.Contains("may not write", StringComparison.Ordinal));
        }, () => $"the rights are known: {string.Join(Environment.NewLine, findings)}");
        Assert.Equal(["consumer group", "error topic", "results topic"], findings.Where(f => f.Level == "failure").Select(f => f.Subject).Order());
    }

    [Theory]
    [InlineData("MODEL_NAME", "trees", "no model trees", "MODEL_NAME")]
    [InlineData("MODEL_REST_URL", "http://127.0.0.1:2", "ConnectionRefused", "MODEL_REST_URL")]
    [InlineData("MODEL_GRPC_URL", "http://127.0.0.1:2", "ConnectionRefused", "MODEL_GRPC_URL")]
    public async Task ModelIsMissing_SaysWhichSetting(string setting, string value, string text, string fix)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);

        var (code, findings) = await CheckAsync(pipeline.Settings((setting, value)));

        Assert.Equal(1, code);
        var red = findings.Where(f => f.Level == "failure").ToList();
        Assert.All(red, f => Assert.Equal(("model default", true, true), (f.Subject, f.Text.Contains(text, StringComparison.Ordinal), f.Fix!.Contains(fix, StringComparison.Ordinal))));
        Assert.Equal(setting == "MODEL_NAME" ? 2 : 1, red.Count);
    }

    [Fact]
    public async Task SampleOfTheTopic_IsRoutedAndAsked_AndNothingIsCommitted()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(30);
        await Kafka.ProduceAsync(flowers.All());

        var (code, findings) = await CheckAsync(pipeline.Settings(), "--sample", "30", "--infer");

        var records = findings.Where(f => f.Subject.StartsWith(pipeline.Input, StringComparison.Ordinal)).ToList();
        Assert.Equal((1, 30, flowers.BadCount), (code, records.Count, records.Count(r => r.Level == "failure")));
        Assert.Contains(records, r => r.Text.Contains("\"floatVal\":[", StringComparison.Ordinal) || r.Text.Contains("\"floatVal\": [", StringComparison.Ordinal));
        Assert.Contains(records, r => r.Text.Contains("\"predictions\":[[", StringComparison.Ordinal));
        Assert.Contains((await CheckAsync(pipeline.Settings())).Findings, f => f.Text.Contains("has committed nothing yet", StringComparison.Ordinal));
    }

    private async Task AssertRedAsync(string subject, string fix, params (string, string)[] security)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);

        var (code, findings) = await CheckAsync(pipeline.Settings(security));

        Assert.Equal(1, code);
        var red = Assert.Single(findings, f => f.Level == "failure");
        Assert.Equal(subject, red.Subject);
        Assert.Contains(fix, red.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain(findings, f => f.Text.Contains(Password, StringComparison.Ordinal));
    }

    private (string, string)[] Sasl(string protocol, string password) =>
    [
        ("KAFKA_BROKER", protocol == "SASL_SSL" ? Broker.SaslSsl : Broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", protocol),
        ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"), ("KAFKA_SASL_USERNAME", User), ("KAFKA_SASL_PASSWORD", password),
    ];

    private static async Task<(int Code, IReadOnlyList<Found> Findings)> CheckAsync(Dictionary<string, string?> settings, params string[] arguments)
    {
        await using var process = Executable.Start(settings, ["check", "--json", .. arguments]);
        var code = await process.ExitCodeAsync();
        Assert.True(process.Lines.Count == 1, string.Join(Environment.NewLine, process.Lines));
        var findings = JsonDocument.Parse(process.Lines.First()).RootElement.GetProperty("findings");
        return (code, findings.Deserialize<Found[]>(JsonSerializerOptions.Web)!);
    }

    private sealed record Found(string Level, string Subject, string Text, string? Fix);
}
