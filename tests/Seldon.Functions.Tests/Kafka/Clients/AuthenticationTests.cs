using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.App;
using Seldon.Functions.Kafka;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.Kafka.Clients;

/// <summary>Methods of authentication that settings of their own do not know: librdkafka's, by raw properties; and those that it lacks.</summary>
public class AuthenticationTests
{
    private const string Keyless = "sasl.oauthbearer.metadata.authentication.type";

    private static readonly (string, string?)[] OAuth = [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER")];

    public static readonly TheoryData<string, (string Name, string Value)[]> Methods = new()
    {
        { "managed identity", [(Keyless, "azure_imds"), ("sasl.oauthbearer.config", "query=api-version=2025-04-07&resource=api://kafka&client_id=id")] },
        { "JWT bearer, signed by the client", [("sasl.oauthbearer.grant.type", JwtBearer), ("sasl.oauthbearer.assertion.private.key.pem", Key()), ("sasl.oauthbearer.assertion.claim.aud", "kafka"), ("sasl.oauthbearer.token.endpoint.url", "https://login/token")] },
        { "JWT bearer, signed by another", [("sasl.oauthbearer.grant.type", JwtBearer), ("sasl.oauthbearer.assertion.file", "/var/run/secrets/token"), ("sasl.oauthbearer.token.endpoint.url", "https://login/token")] },
        { "unsigned, for tests", [("enable.sasl.oauthbearer.unsecure.jwt", "true"), ("sasl.oauthbearer.config", "principal=admin")] },
        { "id and secret as raw properties", [("sasl.oauthbearer.client.id", "id"), ("sasl.oauthbearer.client.secret", "s"), ("sasl.oauthbearer.token.endpoint.url", "https://login/token")] },
    };

    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    [Theory, MemberData(nameof(Methods))]
    public void OtherMethodOfOAuth_NeedsNoIdNoSecretAndNoAddress(string what, (string Name, string Value)[] raw)
    {
        foreach (var section in new[] { "Consumer", "Producer" })
        {
            var settings = SettingsTests.Read([.. OAuth, .. raw.Select(p => ($"Seldon:Kafka:{section}:{p.Name}", (string?)p.Value))]);

            Assert.Empty(settings.Problems);
            Assert.True(StreamProcessor.Check(settings.Kafka) is [], $"{what}: {string.Join(' ', StreamProcessor.Check(settings.Kafka))}");
        }
    }

    [Fact]
    public void WhatTheMethodNeedsBesides_TheClientSays()
    {
        var settings = SettingsTests.Read([.. OAuth, ("Seldon:Kafka:Consumer:sasl.oauthbearer.grant.type", JwtBearer)]);

        Assert.Empty(settings.Problems);
        Assert.Contains("sasl.oauthbearer.", Assert.Single(StreamProcessor.Check(settings.Kafka)), StringComparison.Ordinal);
    }

    [Theory, InlineData("sasl.oauthbearer.method", "oidc"), InlineData("sasl.oauthbearer.grant.type", "client_credentials"), InlineData(Keyless, "none"), InlineData("sasl.oauthbearer.assertion.file", "/token")]
    public void PropertyThatChoosesNoOtherMethod_LeavesThemRequired(string property, string value) =>
        Assert.Equal(3, SettingsTests.Read([.. OAuth, ($"Seldon:Kafka:Consumer:{property}", value)]).Problems.Count(p => p.Contains("unless raw properties choose another method", StringComparison.Ordinal)));

    [Theory, InlineData("KAFKA_SASL_MECHANISM", "AWS_MSK_IAM"), InlineData("KAFKA_SASL_MECHANISM", "aws_msk_iam"), InlineData($"Seldon:Kafka:Consumer:{Keyless}", "aws_iam")]
    public void IamOfMsk_IsSaidNotToBeThere(string setting, string value)
    {
        var problem = Assert.Single(SettingsTests.Read([.. OAuth, (setting, value)]).Problems);

        Assert.Contains($"is '{value}', for which the Kafka client has no tokens: use SCRAM-SHA-512", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Gssapi_IsTakenWhereTheClientHasIt_ElseThatItHasNotIsSaid()
    {
        var settings = SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_MECHANISM", "GSSAPI"), ("Seldon:Kafka:Consumer:sasl.kerberos.kinit.cmd", "true"));

        Assert.Empty(settings.Problems);
        Assert.Equal("GSSAPI", settings.Kafka.Security["sasl.mechanism"]);
        if (StreamProcessor.Check(settings.Kafka) is [var problem, ..])
            Assert.StartsWith("KAFKA_SASL_MECHANISM is 'GSSAPI', but the Kafka client was loaded without Kerberos", problem, StringComparison.Ordinal);
    }

    [Theory, InlineData("GSSAPI", "no settings"), InlineData("OAUTHBEARER", "without a client's id and secret")]
    public void MethodThatTheFunctionsHostDoesNotKnow_IsAProblemThere(string mechanism, string problem)
    {
        var all = SettingsTests.Minimal.ToDictionary(s => s.Name, s => s.Value);
        foreach (var (name, value) in OAuth) all[name] = value;
        all["KAFKA_SASL_MECHANISM"] = mechanism;
        all[$"Seldon:Kafka:Producer:{Keyless}"] = "azure_imds";

        Assert.Contains(problem, Assert.Single(FunctionsAppSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build()).Processor.Problems), StringComparison.Ordinal);
    }

    [Theory, InlineData("PLAIN", "KAFKA_SASL_OAUTHBEARER_SCOPE"), InlineData("OAUTHBEARER", "KAFKA_SASL_USERNAME")]
    public void SettingOfAnotherMechanism_IsAWarning(string mechanism, string setting)
    {
        var settings = SettingsTests.Read(
        [
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", mechanism), ($"Seldon:Kafka:Producer:{Keyless}", "azure_imds"),
            .. mechanism == "PLAIN" ? [("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", "p")] : Array.Empty<(string, string?)>(), (setting, "x"),
        ]);

        Assert.Empty(settings.Problems);
        Assert.Equal($"{setting} has no effect: KAFKA_SASL_MECHANISM is {mechanism}.", Assert.Single(settings.Warnings));
    }

    private static string Key()
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    }
}
