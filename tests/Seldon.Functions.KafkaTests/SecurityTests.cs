using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.KafkaTests;

/// <summary>Encrypted and authenticated brokers: what is right works, what is wrong is said calmly and without the secret.</summary>
public class SecurityTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const string User = "alice";
    private const string Password = "alice-secret";
    private const string WrongPassword = "not-the-password";
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(6);

    private KafkaBroker Broker
    {
        get
        {
            if (Fixture.Broker is null) Assert.Skip("Only the broker that the tests start themselves has listeners with TLS and SASL.");
            return Fixture.Broker;
        }
    }

    [Theory]
    [InlineData("SASL_PLAINTEXT", "PLAIN")]
    [InlineData("SASL_PLAINTEXT", "SCRAM-SHA-256")]
    [InlineData("SASL_PLAINTEXT", "SCRAM-SHA-512")]
    [InlineData("SASL_SSL", "PLAIN")]
    [InlineData("SASL_SSL", "SCRAM-SHA-256")]
    [InlineData("SASL_SSL", "SCRAM-SHA-512")]
    public Task Sasl_RecordsFlow(string protocol, string mechanism) =>
        AssertRecordsFlowAsync([.. Sasl(protocol, mechanism, Password), .. protocol == "SASL_SSL" ? [CaFile] : Array.Empty<(string, string)>()]);

    [Fact]
    public async Task AuthorityAsText_RecordsFlow() =>
        await AssertRecordsFlowAsync([.. Sasl("SASL_SSL", "PLAIN", Password), ("KAFKA_SSL_CA_CERT", await TextAsync("ca.pem"))]);

    [Theory, InlineData("\\n"), InlineData(" ")]
    public async Task CertificatesAsAppSettingsHoldThem_RecordsFlow(string lineEnd) => await AssertRecordsFlowAsync(
    [
        .. Ssl, ("KAFKA_SSL_CA_CERT", await TextAsync("ca.pem", lineEnd)),
        ("KAFKA_SSL_CLIENT_CERT", await TextAsync("client.pem", lineEnd)), ("KAFKA_SSL_CLIENT_KEY", await TextAsync("client.key", lineEnd)),
    ]);

    [Fact]
    public Task ClientCertificateAsFiles_RecordsFlow() => AssertRecordsFlowAsync(
    [
        .. Ssl, CaFile, ("KAFKA_SSL_CLIENT_CERT_FILE", Broker.Tls("client.pem")), ("KAFKA_SSL_CLIENT_KEY_FILE", Broker.Tls("client.key")),
    ]);

    [Fact]
    public async Task ClientCertificateAsText_RecordsFlow() => await AssertRecordsFlowAsync(
    [
        .. Ssl, ("KAFKA_SSL_CA_CERT", await TextAsync("ca.pem")),
        ("KAFKA_SSL_CLIENT_CERT", await TextAsync("client.pem")), ("KAFKA_SSL_CLIENT_KEY", await TextAsync("client.key")),
    ]);

    [Theory]
    [InlineData("SASL_PLAINTEXT", "PLAIN")]
    [InlineData("SASL_PLAINTEXT", "SCRAM-SHA-256")]
    [InlineData("SASL_PLAINTEXT", "SCRAM-SHA-512")]
    [InlineData("SASL_SSL", "SCRAM-SHA-512")]
    public Task WrongPassword_IsSaidCalmlyWithoutThePassword(string protocol, string mechanism) => AssertSaidAsync(
        "authentication", [.. Sasl(protocol, mechanism, WrongPassword), .. protocol == "SASL_SSL" ? [CaFile] : Array.Empty<(string, string)>()]);

    [Fact]
    public Task OtherAuthority_IsSaidCalmly() => AssertSaidAsync("certificate", [.. Sasl("SASL_SSL", "PLAIN", Password), ("KAFKA_SSL_CA_CERT", OtherAuthority())]);

    [Fact]
    public Task NoClientCertificate_IsSaidCalmly() => AssertSaidAsync("certificate", [.. Ssl, CaFile]);

    [Fact]
    public Task PlaintextTowardsTls_IsSaidCalmlyWithWhatToDo() => AssertSaidAsync("if it expects TLS, set KAFKA_SECURITY_PROTOCOL to SSL", ("KAFKA_BROKER", Broker.Ssl));

    [Fact]
    public Task SaslWithoutTlsTowardsTls_IsSaidCalmlyWithWhatToDo() =>
        AssertSaidAsync("if it expects TLS, set KAFKA_SECURITY_PROTOCOL to SASL_SSL", [.. Sasl("SASL_PLAINTEXT", "PLAIN", Password), ("KAFKA_BROKER", Broker.SaslSsl)]);

    [Fact]
    public Task TlsTowardsPlaintext_IsSaidCalmly() =>
        AssertSaidAsync("SSL", ("KAFKA_BROKER", Broker.Plaintext), ("KAFKA_SECURITY_PROTOCOL", "SSL"), CaFile);

    private (string, string) CaFile => ("KAFKA_SSL_CA_CERT_FILE", Broker.Tls("ca.pem"));

    private (string, string)[] Ssl => [("KAFKA_BROKER", Broker.Ssl), ("KAFKA_SECURITY_PROTOCOL", "SSL")];

    private (string, string)[] Sasl(string protocol, string mechanism, string password) =>
    [
        ("KAFKA_BROKER", protocol == "SASL_SSL" ? Broker.SaslSsl : Broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", protocol),
        ("KAFKA_SASL_MECHANISM", mechanism), ("KAFKA_SASL_USERNAME", User), ("KAFKA_SASL_PASSWORD", password),
    ];

    private async Task AssertRecordsFlowAsync(params (string, string)[] security)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        var flowers = pipeline.Flowers(20);
        await Kafka.ProduceAsync(flowers.All());
        await using (var instance = Instance.Start(pipeline.Settings(security)))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.DoesNotContain(instance.Log.Shown, l => l.Id is 200 or 207 or 208);
            AssertSilentAbout(instance.Log, Password);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    /// <summary>One clear line, few others, never the password; and it goes on waiting.</summary>
    private async Task AssertSaidAsync(string word, params (string, string)[] security)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await using var instance = Instance.Start(pipeline.Settings(security));
        await Until.True(
            () => instance.Log.Shown.Any(l => l.Level >= LogLevel.Warning && l.Text.Contains(word, StringComparison.OrdinalIgnoreCase)),
            () => $"a line with '{word}'. Said: {instance.Log}",
            TimeSpan.FromSeconds(20));
        await Until.StaysAsync(() => !instance.HasEnded && instance.Log.Shown.Count <= 3, $"waiting, with three lines at most: {instance.Log}", Calm);
        AssertSilentAbout(instance.Log, WrongPassword);
        AssertSilentAbout(instance.Log, Password);
    }

    private static void AssertSilentAbout(LogLines log, string secret) =>
        Assert.DoesNotContain(log.All, l => l.Text.Contains(secret, StringComparison.Ordinal));

    private async Task<string> TextAsync(string file, string lineEnd = "\n") =>
        (await File.ReadAllTextAsync(Broker.Tls(file), TestContext.Current.CancellationToken)).Replace("\n", lineEnd, StringComparison.Ordinal);

    private static string OtherAuthority()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Another authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
