using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Merging;

/// <summary>How merging is set.</summary>
public class MergeSettingsTests
{
    private static readonly Dictionary<string, string?> Flat = new()
    {
        ["KAFKA_BROKER"] = "localhost:9092",
        ["KAFKA_INPUT_TOPIC"] = "in",
        ["KAFKA_OUTPUT_TOPIC"] = "out",
        ["MODEL_REST_URL"] = "http://localhost:1",
    };

    private static readonly Dictionary<string, string?> Route = new()
    {
        ["KAFKA_BROKER"] = "localhost:9092",
        ["Seldon:Routes:0:Name"] = "a",
        ["Seldon:Routes:0:InputTopic"] = "in",
        ["Seldon:Routes:0:OutputTopic"] = "out",
        ["Seldon:Routes:0:RestUrl"] = "http://localhost:1",
    };

    [Fact]
    public void NothingIsSet_MergingIsOff() => Assert.Equal(new BatchLimits(1, 4 << 20), Read(Flat).Engine.Routes[0].Batch);

    [Fact]
    public void FlatSettings_HoldForTheDefaultRoute() =>
        Assert.Equal(new BatchLimits(32, 2048), Read(Flat, ("MODEL_MAX_BATCH_ROWS", "32"), ("MODEL_MAX_BATCH_BYTES", "2048")).Engine.Routes[0].Batch);

    [Fact]
    public void RouteHasItsOwn() =>
        Assert.Equal(new BatchLimits(8, 1 << 20), Read(Route, ("Seldon:Routes:0:MaxBatchRows", "8"), ("Seldon:Routes:0:MaxBatchBytes", "1048576")).Engine.Routes[0].Batch);

    [Theory]
    [InlineData("MODEL_MAX_BATCH_ROWS", "0", "MODEL_MAX_BATCH_ROWS is '0': use a whole number from 1 to 1024, or leave it out for 1.")]
    [InlineData("MODEL_MAX_BATCH_BYTES", "4MB", "MODEL_MAX_BATCH_BYTES is '4MB': use a whole number from 1024 to 1000000000, or leave it out for 4194304.")]
    public void WrongValue_IsAProblem(string setting, string value, string problem) => Assert.Equal([problem], Read(Flat, (setting, value)).Problems);

    private static ProcessorSettings Read(Dictionary<string, string?> settings, params (string Name, string Value)[] more)
    {
        var all = new Dictionary<string, string?>(settings);
        foreach (var (name, value) in more) all[name] = value;
        return ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
    }
}
