using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.App;

/// <summary>What the genuine build leaves for the Functions host, compared with what the host reads.</summary>
public class GenuineBuildTests(GenuineBuild build) : IClassFixture<GenuineBuild>
{
    private const string Functions = """
        [
          {
            "name": "Inference",
            "scriptFile": "Seldon.Functions.App.dll",
            "entryPoint": "Seldon.Functions.App.InferenceFunction.RunAsync",
            "language": "dotnet-isolated",
            "properties": { "IsCodeless": false },
            "bindings": [
              {
                "name": "records",
                "direction": "In",
                "type": "kafkaTrigger",
                "brokerList": "%KAFKA_BROKER%",
                "topic": "%KAFKA_INPUT_TOPIC%",
                "consumerGroup": "%KAFKA_CONSUMER_GROUP%",
                "keyDataType": "Binary",
                "lagThreshold": 1000,
                "cardinality": "Many",
                "properties": { "supportsDeferredBinding": "True" }
              },
              {
                "name": "Results",
                "direction": "Out",
                "type": "kafka",
                "brokerList": "%KAFKA_BROKER%",
                "topic": "%KAFKA_OUTPUT_TOPIC%",
                "enableIdempotence": true,
                "properties": {}
              },
              {
                "name": "DeadLetters",
                "direction": "Out",
                "type": "kafka",
                "brokerList": "%KAFKA_BROKER%",
                "topic": "%KAFKA_ERROR_TOPIC%",
                "enableIdempotence": true,
                "properties": {}
              }
            ]
          }
        ]
        """;

    /// <summary>Of the genuine extension, the first has a public key.</summary>
    private const string Extensions = """
        {
          "extensions": [
            {
              "name": "Kafka",
              "typeName": "Microsoft.Azure.WebJobs.Extensions.Kafka.KafkaWebJobsStartup, Microsoft.Azure.WebJobs.Extensions.Kafka, Version=4.3.2.0, Culture=neutral, PublicKeyToken=null",
              "hintPath": "./.azurefunctions/Microsoft.Azure.WebJobs.Extensions.Kafka.dll"
            },
            {
              "name": "Startup",
              "typeName": "Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.Startup, Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader, Version=1.0.0.0, Culture=neutral, PublicKeyToken=551316b6919f366c",
              "hintPath": "./.azurefunctions/Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.dll"
            }
          ]
        }
        """;

    private const string Worker = """
        {
          "description": {
            "language": "dotnet-isolated",
            "extensions": [".dll"],
            "defaultExecutablePath": "dotnet",
            "defaultWorkerPath": "Seldon.Functions.App.dll",
            "workerIndexing": "true",
            "canUsePlaceholder": true
          }
        }
        """;

    public static readonly TheoryData<string, string> Written = new()
    {
        { "functions.metadata", Functions },
        { "extensions.json", Extensions },
        { "worker.config.json", Worker },
        { "host.json", File.ReadAllText(Path.Combine(Repository.Root, "host.json")) },
    };

    [Theory, MemberData(nameof(Written))]
    public void BuildOutput_HoldsWhatTheHostReads(string file, string expected) => AssertHolds(build.BuildOutput, file, expected);

    [Theory, MemberData(nameof(Written))]
    public void PublishOutput_HoldsWhatTheHostReads(string file, string expected) => AssertHolds(build.PublishOutput, file, expected);

    [Theory]
    [InlineData("Seldon.Functions.App.dll")]
    [InlineData("Microsoft.Azure.Functions.Worker.Grpc.dll")]
    [InlineData(".azurefunctions/Microsoft.Azure.WebJobs.Extensions.Kafka.dll")]
    [InlineData(".azurefunctions/Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.dll")]
    public void BothOutputs_HoldTheAppAndTheHostsExtensions(string file)
    {
        Assert.True(File.Exists(Path.Combine(build.BuildOutput, file)), $"The build output has no {file}.");
        Assert.True(File.Exists(Path.Combine(build.PublishOutput, file)), $"The publish output has no {file}.");
    }

    [Fact]
    public void LocalSettings_AreBuiltAndNotPublished()
    {
        Assert.True(File.Exists(Path.Combine(build.BuildOutput, "local.settings.json")));
        Assert.False(File.Exists(Path.Combine(build.PublishOutput, "local.settings.json")));
    }

    [Fact]
    public void PublishOutput_HoldsKafkasLibraryForItsPlatformOnly()
    {
        var files = Directory.EnumerateFiles(build.PublishOutput, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(build.PublishOutput, f)).ToList();

        Assert.Equal(
            [".azurefunctions/runtimes/linux-x64/native/centos8-librdkafka.so", ".azurefunctions/runtimes/linux-x64/native/librdkafka.so", "centos8-librdkafka.so", "librdkafka.so"],
            files.Where(f => f.Contains("librdkafka", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(files, f => f.EndsWith(".xml", StringComparison.Ordinal));
    }

    private static void AssertHolds(string folder, string file, string expected)
    {
        var actual = File.ReadAllText(Path.Combine(folder, file));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), actual);
    }
}
