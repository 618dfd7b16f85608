using Seldon.Functions.Settings;

namespace Seldon.Functions.Tests;

/// <summary>PEM as app settings, env files and JSON hold it becomes PEM with line ends.</summary>
public sealed class PemTextTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public static readonly TheoryData<string, string, string> Spellings = new()
    {
        { "two characters for a line end", "\n", "\\n" }, { "of Windows", "\n", "\\r\\n" }, { "escaped twice", "\n", "\\\\n" }, { "spaces", "\n", " " },
        { "line ends of Windows", "\n", "\r\n" }, { "tabs and spaces", "\n", " \t" }, { "no line ends", "\n", "" },
    };

    private string Certificate => File.ReadAllText(_certificates.ClientCertFile);

    private string Key => File.ReadAllText(_certificates.ClientKeyFile);

    public void Dispose() => _certificates.Dispose();

    [Theory, MemberData(nameof(Spellings))]
    public void CertificatesAndKeys_AreTheSame(string what, string from, string to)
    {
        foreach (var pem in new[] { Certificate, Key, $"{Certificate}\n{Certificate}" })
        {
            var given = pem.Trim().Replace(from, to, StringComparison.Ordinal);
            Assert.True(pem.Trim() == PemText.Normalise(given).Trim(), what);
            Assert.Equal(pem.Trim(), PemText.Normalise($"\"{given}\"").Trim());
        }
    }

    [Theory, InlineData("\n"), InlineData("\\n"), InlineData(" ")]
    public void EncryptedKeyOfTheOlderKind_KeepsItsHeaders(string lineEnd) => Assert.Equal(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AB01\n\nMIIE\n-----END RSA PRIVATE KEY-----\n",
        PemText.Normalise("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AB01\n\nMIIE\n-----END RSA PRIVATE KEY-----".Replace("\n", lineEnd, StringComparison.Ordinal)));

    [Theory, InlineData("-----BEGIN"), InlineData("-----BEGIN CERTIFICATE-----\\nMIIE"), InlineData("-----BEGIN A-----x-----END B-----"), InlineData("none")]
    public void WithoutAWholeBlock_IsLeftAsItIs(string text) => Assert.Equal(text, PemText.Normalise(text));

    [Theory, InlineData("\\n"), InlineData(" ")]
    public void OfTheSettings_IsTakenByTheClient(string lineEnd)
    {
        var settings = SettingsTests.Read(
            ("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT", Given(Certificate)), ("KAFKA_SSL_CLIENT_CERT", Given(Certificate)), ("KAFKA_SSL_CLIENT_KEY", Given(Key)));

        Assert.Empty(settings.Problems);
        Assert.Empty(Functions.Kafka.StreamProcessor.Check(settings.Kafka));

        string Given(string pem) => pem.Replace("\n", lineEnd, StringComparison.Ordinal);
    }

    [Theory, InlineData("KAFKA_SSL_CA_CERT"), InlineData("KAFKA_SSL_CLIENT_CERT"), InlineData("KAFKA_SSL_CLIENT_KEY")]
    public void ThatTheClientRefuses_IsNamedByItsSettingOnce(string setting)
    {
        const string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        var settings = SettingsTests.Read(
            ("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CLIENT_CERT", Certificate), ("KAFKA_SSL_CLIENT_KEY", Key), (setting, broken));

        Assert.StartsWith($"{setting} is refused by the Kafka client (", Assert.Single(Functions.Kafka.StreamProcessor.Check(settings.Kafka)), StringComparison.Ordinal);
    }
}
