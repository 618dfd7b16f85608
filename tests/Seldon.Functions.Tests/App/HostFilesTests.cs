using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Seldon.Functions.App;

namespace Seldon.Functions.Tests.App;

/// <summary>The files at the root that the Functions host reads.</summary>
public class HostFilesTests
{
    /// <summary>What delivery and throughput rest on. The host's own defaults commit failed batches and give up after five attempts.</summary>
    [Theory]
    [InlineData("version", "\"2.0\"")]
    [InlineData("functionTimeout", "\"-1\"")]
    [InlineData("extensions.kafka.commitOnFailure", "false")]
    [InlineData("extensions.kafka.maxRetries", "-1")]
    [InlineData("extensions.kafka.maxPollIntervalMs", "1800000")]
    [InlineData("extensions.kafka.subscriberIntervalInSeconds", "1")]
    [InlineData("extensions.kafka.executorChannelCapacity", "2")]
    [InlineData("extensions.kafka.channelFullRetryIntervalInMs", "1")]
    [InlineData("extensions.kafka.autoOffsetReset", "\"Earliest\"")]
    public void HostJson_HoldsWhatTheInvariantsRestOn(string path, string value) =>
        Assert.Equal(value, path.Split('.').Aggregate(HostJson(), (node, name) => node[name]!).ToJsonString());

    /// <summary>With <c>KAFKA_DELIVERY=host</c>, the extension's producer logs each record.</summary>
    [Fact]
    public void HostJson_QuietsTheExtensionsProducer() =>
        Assert.Equal("Warning", (string?)HostJson()["logging"]!["logLevel"]!["Microsoft.Azure.WebJobs.Extensions.Kafka.KafkaProducer"]);

    [Fact]
    public void HostJson_HasNeitherRetriesOfItsOwnNorTelemetryThatStopsABatch()
    {
        Assert.Null(HostJson()["retry"]);
        Assert.Null(HostJson()["telemetryMode"]);
        Assert.Null(HostJson()["extensionBundle"]);
        Assert.InRange((int)HostJson()["extensions"]!["kafka"]!["maxBatchSize"]!, 64, 10_000);
    }

    [Fact]
    public void LocalSettingsSample_IsRightAsItIs()
    {
        var sample = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.sample.json")))!;
        var values = sample["Values"]!.AsObject().ToDictionary(v => v.Key, v => (string?)v.Value);

        Assert.False((bool)sample["IsEncrypted"]!);
        Assert.Equal("dotnet-isolated", values["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal("true", values["FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING"]);
        Assert.True(new ServiceCollection().TryAddInference(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), out var refusal), refusal);
        var settings = FunctionsAppSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build()).Processor;
        Assert.Empty(settings.Warnings);
        Assert.Equal(("localhost:9092", "predictions", "predictions.errors"), (settings.Kafka.Broker, settings.Kafka.Output.Results, settings.Kafka.Output.Errors));
    }

    private static JsonNode HostJson() => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")))!;
}
