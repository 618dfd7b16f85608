using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Control files that can be none: the settings say so at start, and what to do.</summary>
public sealed class ControlFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public static readonly TheoryData<string, byte[], string, string> Wrong = new()
    {
        { "no message of the protocol", "hello"u8.ToArray(), "no request for the model 'm' in the protocol tensorflow", "one request that the model answers" },
        { "empty", [], "no request for the model", "one request that the model answers" },
        { "for another model", TestRecords.Predict(model: "other"), "no request for the model 'm'", "one request that the model answers" },
        { "JSON without REST", "{}"u8.ToArray(), "has JSON, but the route has no REST", "protobuf message" },
    };

    public void Dispose() => File.Delete(_file);

    [Theory, MemberData(nameof(Wrong))]
    public void Wrong_IsSaidWithTheFix(string what, byte[] content, string seen, string fix)
    {
        File.WriteAllBytes(_file, content);

        var problem = Assert.Single(Problems(("MODEL_GRPC_URL", "http://localhost:8500")));

        Assert.All(["MODEL_CONTROL_FILE", _file, seen, fix], part => Assert.True(problem.Contains(part, StringComparison.Ordinal), $"{what}: {problem}"));
    }

    [Fact]
    public void ProtobufWithoutGrpc_IsSaidWithTheFix()
    {
        File.WriteAllBytes(_file, TestRecords.Predict());

        Assert.Contains("the route has no gRPC", Assert.Single(Problems(("MODEL_REST_URL", "http://localhost:8501"))), StringComparison.Ordinal);
    }

    [Fact]
    public void AHundredMegabytes_IsSaidWithTheLimit_AndNotRead()
    {
        using (var file = File.OpenWrite(_file)) file.SetLength(100_000_000);

        var problem = Assert.Single(Problems(("MODEL_REST_URL", "http://localhost:8501")));

        Assert.All(["MODEL_CONTROL_FILE", "100000000 bytes", "at most 16777216"], part => Assert.Contains(part, problem, StringComparison.Ordinal));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void RightOne_GoesOverItsTransport(bool isJson)
    {
        File.WriteAllBytes(_file, isJson ? "{\"instances\":[1]}"u8.ToArray() : TestRecords.Predict());

        Assert.Empty(Problems(("MODEL_REST_URL", "http://localhost:8501"), ("MODEL_GRPC_URL", "http://localhost:8500")));
        Assert.Equal(isJson ? Transport.Rest : Transport.Grpc, ControlRequest.TransportOf(File.ReadAllBytes(_file)));
    }

    private IReadOnlyList<string> Problems(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "localhost:9092",
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["MODEL_NAME"] = "m",
            ["MODEL_CONTROL_FILE"] = _file,
        };
        foreach (var (name, value) in settings) all[name] = value;
        return ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build()).Problems;
    }
}
