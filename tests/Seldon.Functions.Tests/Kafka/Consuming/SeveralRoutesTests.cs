using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Several routes in one host: topics, protocols and transports of their own.</summary>
public class SeveralRoutesTests
{
    private const string Section = "Seldon:Routes";

    [Fact]
    public async Task RecordsOfEachRoute_GoThroughItsProtocolToItsTopics()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 2);
        foreach (var topic in new[] { "in-seldon", "out-seldon", "out-seldon.errors", "in-v2", "bad-v2" }) bed.Broker.CreateTopic(topic, 1);
        await bed.ProduceAsync([Of("tensorflow", Transport.Rest), Of("tensorflow", Transport.Grpc), Of("v2", Transport.Grpc, ("seldon-model", "v2")), Of("v2", Transport.Rest, ("seldon-model", "nobody"))]);
        await bed.ProduceAsync([Of("seldon", Transport.Rest), Of("seldon", Transport.Grpc), new Input(0, null, null)], "in-seldon");
        await bed.ProduceAsync([Of("v2", Transport.Rest), Of("v2", Transport.Grpc), Of("v2", Transport.Grpc, ("proto-name", "again"))], "in-v2");

        var host = bed.Start([
            ("KAFKA_INPUT_TOPIC", null), ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null),
            .. Route(bed, 0, "tensorflow", ("InputTopic", TestBed.Input)),
            .. Route(bed, 1, "seldon", ("InputTopic", "in-seldon"), ("OutputTopic", "out-seldon")),
            .. Route(bed, 2, "v2", ("InputTopic", "in-v2"), ("ErrorTopic", "bad-v2")),
        ]);
        var options = bed.ReadSettings().Kafka;
        using var reader = new TopicReader(options, "tests", TestBed.Output, TestBed.Errors, "out-seldon", "out-seldon.errors", "bad-v2");
        var found = new List<Record>();
        await Until.True(() =>
        {
            if (reader.Read(TimeSpan.FromMilliseconds(20)) is { } record) found.Add(record);
            return found.Count >= 10;
        });
        await host.StopAsync();

        Assert.Equal(
            [
                "bad-v2 repeated-proto-name", "out in", "out in", "out in", "out in-v2", "out in-v2",
                "out-seldon in-seldon", "out-seldon in-seldon", "out-seldon.errors empty-value", "out.errors unknown-route",
            ],
            found.Select(r => $"{r.Topic} {r.Headers.TextOf("seldon-error-reason") ?? r.Headers.TextOf("seldon-source")!.Split('/')[0]}").Order(StringComparer.Ordinal));
        Assert.Equal(
            ["/inference.GRPCInferenceService/ModelInfer", "/inference.GRPCInferenceService/ModelInfer", "/predict", "/seldon.protos.Model/Predict", "/tensorflow.serving.PredictionService/Predict", "/v1/models/m:predict", "/v2/models/m/infer"],
            bed.Model.Calls.Select(c => c.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RoutesWithTopicsOfTheirOwn_UnroutedRecordsGoToTheirTopicsErrors()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        foreach (var topic in new[] { "in-v2", "out-v2", "out-v2.errors" }) bed.Broker.CreateTopic(topic, 1);
        await bed.ProduceAsync([Of("tensorflow", Transport.Rest, ("seldon-model", "nosuch"))]);
        await bed.ProduceAsync([Of("v2", Transport.Rest, ("seldon-model", "nosuch"))], "in-v2");

        bed.Start([
            ("KAFKA_INPUT_TOPIC", null), ("KAFKA_OUTPUT_TOPIC", null), ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null),
            .. Route(bed, 0, "tensorflow", ("InputTopic", TestBed.Input), ("OutputTopic", TestBed.Output)), .. Route(bed, 1, "v2", ("InputTopic", "in-v2"), ("OutputTopic", "out-v2")),
        ]);

        using var reader = new TopicReader(bed.ReadSettings().Kafka, "tests", TestBed.Errors, "out-v2.errors");
        var found = new List<string>();
        await Until.True(() =>
        {
            if (reader.Read(TimeSpan.FromMilliseconds(20)) is { } record) found.Add($"{record.Topic} {record.Headers.TextOf("seldon-error-reason")}");
            return found.Count == 2;
        });
        Assert.Equal(["out-v2.errors unknown-route", "out.errors unknown-route"], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ModelOfOneRouteHangs_TheOthersGoOn()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Broker.CreateTopic("in-v2", 1);
        var released = new TaskCompletionSource();
        bed.Model.Script = call => call.Path.StartsWith("/v1", StringComparison.Ordinal) ? Reactions.HangUntil(released.Task) : Reactions.Digest;
        await bed.ProduceAsync(Input.Many(0, 50));
        await bed.ProduceAsync(Enumerable.Range(0, 50).Select(_ => Of("v2", Transport.Rest)), "in-v2");

        bed.Start([
            ("KAFKA_INPUT_TOPIC", null), ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null),
            ("KAFKA_WORKERS", "4"), .. Route(bed, 0, "tensorflow", ("InputTopic", TestBed.Input)), .. Route(bed, 1, "v2", ("InputTopic", "in-v2"), ("Workers", "2")),
        ]);

        using var reader = new TopicReader(bed.ReadSettings().Kafka, "tests", TestBed.Output);
        var results = 0;
        await Until.True(() =>
        {
            if (reader.Read(TimeSpan.FromMilliseconds(20)) is not null) results++;
            return results == 50;
        });
        released.SetResult();
    }

    private static IEnumerable<(string, string?)> Route(TestBed bed, int index, string protocol, params (string Key, string? Value)[] settings) =>
        new (string Key, string? Value)[]
        {
            ("Name", protocol), ("Protocol", protocol), ("Model", "m"), ("RestUrl", bed.Model.RestUrl), ("GrpcUrl", bed.Model.GrpcUrl),
        }.Concat(settings).Select(s => ($"{Section}:{index}:{s.Key}", s.Value));

    private static Input Of(string protocol, Transport transport, params (string Name, string Value)[] headers)
    {
        var record = TestRecords.GoodFor(protocol, transport, 0);
        return new Input(0, "k"u8.ToArray(), record.Value, [.. record.Headers, .. headers.Select(h => TestRecords.Header(h.Name, h.Value))]);
    }
}
