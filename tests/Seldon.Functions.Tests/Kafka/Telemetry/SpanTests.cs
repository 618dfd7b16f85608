using System.Diagnostics;

namespace Seldon.Functions.Tests.Kafka.Telemetry;

/// <summary>The spans of records and calls, and how a trace goes on from a record to the model and to the result.</summary>
public class SpanTests
{
    private const string Group = "spans";
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Sender = "b7ad6b7169203331";
    private const string Parent = $"00-{Trace}-{Sender}-01";

    private readonly (string, string?) _group = ("KAFKA_CONSUMER_GROUP", Group);

    [Fact]
    public async Task RecordBelongsToATrace_TheTraceContinuesToTheModelAndTheResult()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        using var spans = new Spans(Group);
        bed.Start(_group);
        using var published = bed.Read();
        await bed.ProduceAsync([Input.Of(0, "k", "{}", TestRecords.Header("traceparent", Parent), TestRecords.Header("tracestate", "a=1,b=2"))]);
        await published.UntilSources(1);

        await Until.True(() => spans.Ended.Count == 2);
        var (record, call) = (Assert.Single(spans.Records), Assert.Single(spans.Calls));
        Assert.Equal(("process in", Parent, Trace), (record.DisplayName, record.ParentId, record.TraceId.ToHexString()));
        Assert.Equal((Trace, Sender, true), (Assert.Single(record.Links).Context.TraceId.ToHexString(), record.Links.Single().Context.SpanId.ToHexString(), record.HasRemoteParent));
        Assert.Equal("a=1,b=2", record.TraceStateString);
        Assert.Equal((record.SpanId, record.TraceId), (call.ParentSpanId, call.TraceId));
        var sent = Assert.Single(bed.Model.Calls).Headers;
        Assert.Equal((call.Id, "a=1,b=2"), (sent["traceparent"], sent["tracestate"]));
        var result = Assert.Single(published.Results).Record.Headers;
        Assert.Equal((record.Id, "a=1,b=2"), (result.TextOf("traceparent"), result.TextOf("tracestate")));
        Assert.Equal(
            "messaging.system=kafka messaging.operation.name=process messaging.operation.type=process messaging.destination.name=in "
            + "messaging.destination.partition.id=0 messaging.consumer.group.name=spans messaging.kafka.offset=0 messaging.message.body.size=2 "
            + "seldon.route=default seldon.outcome=answered", Show(record));
        Assert.Equal(
            $"http.request.method=POST server.address=127.0.0.1 server.port={new Uri(bed.Model.RestUrl).Port} seldon.route=default "
            + $"url.full={bed.Model.RestUrl}/v1/models/m:predict http.response.status_code=200", Show(call));
        Assert.Equal((ActivityStatusCode.Unset, ActivityStatusCode.Unset, "POST"), (record.Status, call.Status, call.DisplayName));
    }

    [Fact]
    public async Task RecordIsRejected_SpansSayWhyAndTheDeadLetterCarriesTheTrace()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Model.Script = _ => Reactions.Grpc(3);
        using var spans = new Spans(Group + ".rejected");
        bed.Start(("KAFKA_CONSUMER_GROUP", Group + ".rejected"));
        using var published = bed.Read();
        await bed.ProduceAsync([new Input(0, null, TestRecords.Predict(), TestRecords.Header("proto-name", TestRecords.PredictRequestName)), new Input(0, null, null)]);
        await published.UntilSources(2);

        await Until.True(() => spans.Ended.Count == 3);
        var call = Assert.Single(spans.Calls);
        Assert.Equal("tensorflow.serving.PredictionService/Predict", call.DisplayName);
        Assert.Equal(
            $"rpc.system.name=grpc rpc.method=tensorflow.serving.PredictionService/Predict server.address=127.0.0.1 server.port={new Uri(bed.Model.GrpcUrl).Port} "
            + "seldon.route=default rpc.response.status_code=INVALID_ARGUMENT error.type=INVALID_ARGUMENT", Show(call));
        var records = spans.Records.OrderBy(r => r.GetTagItem("messaging.kafka.offset")).ToList();
        Assert.All(spans.Ended, s => Assert.Equal(ActivityStatusCode.Error, s.Status));
        Assert.EndsWith("seldon.outcome=rejected error.type=refused-by-model", Show(records[0]), StringComparison.Ordinal);
        Assert.EndsWith("messaging.kafka.message.tombstone=True seldon.route=default seldon.outcome=rejected error.type=empty-value", Show(records[1]), StringComparison.Ordinal);
        Assert.Equal(records.Select(r => r.Id), published.DeadLetters.OrderBy(d => d.Source.Offset).Select(d => d.Record.Headers.TextOf("traceparent")));
        Assert.All(records, r => Assert.Null(r.ParentId));
    }

    [Fact]
    public async Task NobodyListens_TheRecordsOwnTraceStaysAsItCame()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Start(("KAFKA_CONSUMER_GROUP", Group + ".none"));
        using var published = bed.Read();
        await bed.ProduceAsync([Input.Of(0, "k", "{}", TestRecords.Header("TraceParent", Parent), TestRecords.Header("tracestate", "a=1"))]);
        await published.UntilSources(1);

        var sent = Assert.Single(bed.Model.Calls).Headers;
        Assert.Equal((Parent, "a=1"), (sent["traceparent"], sent["tracestate"]));
        var result = Assert.Single(published.Results).Record.Headers;
        Assert.Equal((Parent, "a=1"), (result.TextOf("TraceParent"), result.TextOf("tracestate")));
    }

    private static string Show(Activity activity) => string.Join(' ', activity.TagObjects.Select(t => $"{t.Key}={t.Value}"));
}
