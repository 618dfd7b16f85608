using Microsoft.AspNetCore.Server.Kestrel.Https;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.Models;

/// <summary>TLS towards the model: a private authority, a client certificate, and what is not trusted.</summary>
public sealed class ModelTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AuthorityOfTheRoute_IsTrusted(Transport transport)
    {
        await using var model = await StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_CA_FILE", _certificates.AuthorityFile));

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport)))).Kind);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AuthorityIsUnknown_IsHeldAndSaysSo(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);

        var outcome = engine.Infer(TestRecords.Good(transport));

        await Until.True(() => engine.Logs.Has("Holding"), clock);
        Assert.Contains(engine.Logs.Lines, l => l.Text.Contains("errors in the certificate chain", StringComparison.Ordinal));
        Assert.False(outcome.IsCompleted);
        Assert.Empty(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerSpeaksNoTls_IsHeldAndSaysSo(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        foreach (var address in new[] { model.RestUrl, model.GrpcUrl })
        {
            var url = address.Replace("http:", "https:", StringComparison.Ordinal);
            await using var engine = EngineUnderTest.For(model, transport, clock, (transport == Transport.Rest ? "MODEL_REST_URL" : "MODEL_GRPC_URL", url));

            var outcome = engine.Infer(TestRecords.Good(transport));

            await Until.True(() => engine.Logs.Has("Holding"), clock);
            Assert.Contains(engine.Logs.Lines, l => l.Text.Contains("the server does not speak TLS there", StringComparison.Ordinal) || l.Text.Contains("the server may not speak TLS there", StringComparison.Ordinal));
            Assert.False(outcome.IsCompleted);
        }
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerAsksForAClientCertificate_ItIsShown(Transport transport)
    {
        var shown = new List<string>();
        await using var model = await StartAsync(tls =>
        {
            tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            tls.ClientCertificateValidation = (certificate, _, _) =>
            {
                lock (shown) shown.Add(certificate.Thumbprint);
                return true;
            };
        });
        await using var engine = EngineUnderTest.For(
            model, transport, null, ("MODEL_CA_FILE", _certificates.AuthorityFile),
            ("MODEL_CLIENT_CERT_FILE", _certificates.ClientCertFile), ("MODEL_CLIENT_KEY_FILE", _certificates.ClientKeyFile));

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport)))).Kind);
        Assert.All(shown, thumbprint => Assert.Equal(_certificates.ClientThumbprint, thumbprint));
        Assert.NotEmpty(shown);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerAsksForAClientCertificateAndThereIsNone_IsHeld(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await StartAsync(tls => tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate);
        await using var engine = EngineUnderTest.For(model, transport, clock, ("MODEL_CA_FILE", _certificates.AuthorityFile));

        var outcome = engine.Infer(TestRecords.Good(transport));

        await Until.True(() => engine.Logs.Has("Holding"), clock);
        Assert.False(outcome.IsCompleted);
    }

    [Theory]
    [InlineData("MODEL_CA_FILE", "missing.pem", "cannot be read")]
    [InlineData("MODEL_CA_FILE", "client.key", "holds no certificate")]
    [InlineData("MODEL_CLIENT_CERT_FILE", "client.pem", "MODEL_CLIENT_KEY_FILE is not set")]
    [InlineData("MODEL_CLIENT_KEY_FILE", "client.key", "MODEL_CLIENT_CERT_FILE is not set")]
    [InlineData("MODEL_TOKEN_FILE", "missing", "cannot be read")]
    public void WrongFile_IsAProblem(string setting, string file, string problem)
    {
        var path = Path.Combine(Path.GetDirectoryName(_certificates.AuthorityFile)!, file);

        var problems = SettingsTests.Read((setting, path), ("MODEL_REST_URL", "https://localhost:1")).Problems;

        Assert.Contains(problem, string.Join('\n', problems), StringComparison.Ordinal);
    }

    [Theory, InlineData("MODEL_CA_FILE"), InlineData("MODEL_CLIENT_CERT_FILE"), InlineData("MODEL_CLIENT_KEY_FILE"), InlineData("MODEL_TOKEN_FILE")]
    public void MissingFile_IsOneProblem(string setting)
    {
        var problems = SettingsTests.Read(
            ("MODEL_CLIENT_CERT_FILE", _certificates.ClientCertFile), ("MODEL_CLIENT_KEY_FILE", _certificates.ClientKeyFile), (setting, "/no/such/file"), ("MODEL_REST_URL", "https://localhost:1")).Problems;

        Assert.StartsWith($"{setting} is '/no/such/file', which cannot be read", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory, InlineData("MODEL_CA_FILE"), InlineData("MODEL_CLIENT_CERT_FILE"), InlineData("MODEL_CLIENT_KEY_FILE")]
    public void FileThatIsNoPem_IsOneProblem(string setting)
    {
        var other = _certificates.Write("other.pem", "no PEM");

        var problems = SettingsTests.Read(
            ("MODEL_CLIENT_CERT_FILE", _certificates.ClientCertFile), ("MODEL_CLIENT_KEY_FILE", _certificates.ClientKeyFile), (setting, other), ("MODEL_REST_URL", "https://localhost:1")).Problems;

        Assert.Single(problems);
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsAProblem()
    {
        using var other = new TestCertificates();

        var problems = SettingsTests.Read(
            ("MODEL_CLIENT_CERT_FILE", _certificates.ClientCertFile), ("MODEL_CLIENT_KEY_FILE", other.ClientKeyFile), ("MODEL_REST_URL", "https://localhost:1")).Problems;

        Assert.Contains("MODEL_CLIENT_CERT_FILE", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void FilesForTlsWithoutHttps_AreAProblem() =>
        Assert.Contains("https", Assert.Single(SettingsTests.Read(("MODEL_CA_FILE", _certificates.AuthorityFile)).Problems), StringComparison.Ordinal);

    private Task<ScriptedModel> StartAsync(Action<HttpsConnectionAdapterOptions>? change = null)
    {
        var tls = new HttpsConnectionAdapterOptions { ServerCertificate = _certificates.Server };
        change?.Invoke(tls);
        return ScriptedModel.StartAsync(tls);
    }
}
