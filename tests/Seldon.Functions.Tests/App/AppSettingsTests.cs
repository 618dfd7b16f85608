using Microsoft.Extensions.Configuration;
using Seldon.Functions.App;
using Seldon.Functions.Kafka;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.App;

/// <summary>Settings that mean something else, or are wrong, where the Functions host reads the topic.</summary>
public class AppSettingsTests
{
    [Theory, InlineData("acknowledged", false), InlineData("HOST", true), InlineData(null, false)]
    public void Delivery_IsOurOwnUnlessTheHostsIsAskedFor(string? word, bool isHosts)
    {
        var settings = ReadApp(("KAFKA_DELIVERY", word));

        Assert.Empty(settings.Processor.Problems);
        Assert.Equal(isHosts, settings.DeliversThroughHost);
    }

    [Fact]
    public void DeliveryByTheHost_IsNotForTheStandaloneHost() => Assert.StartsWith(
        "KAFKA_DELIVERY is 'host': use one of acknowledged, exactly-once", Assert.Single(SettingsTests.Read(("KAFKA_DELIVERY", "host")).Problems), StringComparison.Ordinal);

    [Theory]
    [InlineData("KAFKA_DELIVERY", "exactly-once", "KAFKA_DELIVERY is 'exactly-once': use one of acknowledged, host")]
    [InlineData("KAFKA_GROUP_PROTOCOL", "consumer", "KAFKA_GROUP_PROTOCOL is 'consumer'")]
    public void WhatTheFunctionsHostCannotDo_IsAProblem(string setting, string value, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Read((setting, value)).Problems), StringComparison.Ordinal);

    [Fact]
    public void SeveralInputTopics_AreAProblem() => Assert.Contains("name 2 input topics", Assert.Single(Read(
    [
        ("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), .. SettingsTests.Route(0, "a", "topic-a"), .. SettingsTests.Route(1, "b", null),
    ]).Problems), StringComparison.Ordinal);

    [Theory]
    [InlineData("KAFKA_SSL_CLIENT_KEY", "-----BEGIN ENCRYPTED PRIVATE KEY-----", "no -----BEGIN PRIVATE KEY-----")]
    [InlineData("KAFKA_SSL_CLIENT_KEY", "-----BEGIN RSA PRIVATE KEY-----", "no -----BEGIN PRIVATE KEY-----")]
    [InlineData("KAFKA_SSL_CA_CERT", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\ny\n-----END CERTIFICATE-----", "2 parts")]
    public void TextThatTheTriggerWouldLeaveOut_IsAProblem(string setting, string text, string problem)
    {
        var problems = Read(("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CLIENT_CERT", "-----BEGIN CERTIFICATE-----"), ("KAFKA_SSL_CLIENT_KEY", "-----BEGIN PRIVATE KEY-----"), (setting, text)).Problems;

        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.Contains($"{setting}_FILE", problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsOfOurOwnConsumer_AreWarnings()
    {
        var settings = Read(("Seldon:Window:Records", "10"), ("Seldon:Kafka:Consumer:fetch.max.bytes", "1"));

        Assert.Empty(settings.Problems);
        Assert.Equal(2, settings.Warnings.Count);
        Assert.All(settings.Warnings, w => Assert.Contains("host.json", w, StringComparison.Ordinal));
    }

    [Theory, InlineData("Consumer"), InlineData("Producer")]
    public void RawPropertyOfConnections_IsAWarningThatTheTriggerDoesNotTakeIt(string section)
    {
        var settings = Read(($"Seldon:Kafka:{section}:ssl_keystore_location", "/etc/client.p12"), ("Seldon:Kafka:Producer:linger_ms", "1"));

        Assert.Empty(settings.Problems);
        Assert.StartsWith("ssl.keystore.location: the trigger does not take", Assert.Single(settings.Warnings), StringComparison.Ordinal);
    }

    private static ProcessorSettings Read(params (string Name, string? Value)[] settings) => ReadApp(settings).Processor;

    private static FunctionsAppSettings ReadApp(params (string Name, string? Value)[] settings)
    {
        var all = SettingsTests.Minimal.ToDictionary(s => s.Name, s => s.Value);
        foreach (var (name, value) in settings) all[name] = value;
        return FunctionsAppSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
    }
}
