using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Graphs;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Records;

/// <summary>CloudEvents in binary mode: <c>ce_*</c> of a record is <c>ce-*</c> of a call, and back.</summary>
public sealed class CloudEventTests : IAsyncLifetime
{
    private static readonly Header[] Event =
    [
        TestRecords.Header("ce_specversion", "1.0"), TestRecords.Header("ce_id", "a-1"), TestRecords.Header("ce_source", "/shop/baskets"), TestRecords.Header("ce_type", "com.example.basket"),
    ];

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AttributesOfTheRecord_GoToTheModel_AndStayOnTheResult(Transport transport)
    {
        var (call, result) = await InferAsync(transport, Event);

        foreach (var attribute in Event)
        {
            var text = Encoding.UTF8.GetString(attribute.Value!);
            Assert.Equal(text, call.Headers.GetValueOrDefault(attribute.Name.Replace('_', '-')));
            Assert.Equal(text, result.Headers.TextOf(attribute.Name));
        }
        Assert.DoesNotContain(call.Headers.Keys, name => name.StartsWith("ce_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a b", "a%20b"), InlineData("100%", "100%25"), InlineData("\"q\"", "%22q%22"), InlineData("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80")]
    [InlineData("a\r\nx-injected: 1", "a%0D%0Ax-injected:%201"), InlineData("~!$&'()*+,;=:@/?[]", "~!$&'()*+,;=:@/?[]")]
    public async Task ValueThatHttpDoesNotCarry_IsPercentEncoded_AndBack(string value, string encoded)
    {
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            _model.Script = seen => Answering(seen, ("ce-subject", seen.Headers["ce-subject"]));

            var (call, result) = await InferAsync(transport, TestRecords.Header("ce_subject", value));

            Assert.Equal((encoded, value), (call.Headers["ce-subject"], result.Headers.TextOf("ce_subject")));
        }
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task EventThatIsAnswered_TakesThePlaceOfTheRecords(Transport transport)
    {
        _model.Script = call => Answering(call, ("ce-specversion", "1.0"), ("Ce-Id", "b-2"), ("ce-type", "io.seldon.serving.inference.response"), ("x-other", "1"));

        var (_, result) = await InferAsync(transport, [.. Event, TestRecords.Header("CE_subject", "s"), TestRecords.Header("ce_", "no attribute"), TestRecords.Header("x-own", "1")]);

        Assert.Equal(
            ["ce_: no attribute", "ce_id: b-2", "ce_specversion: 1.0", "ce_type: io.seldon.serving.inference.response", "x-own: 1"],
            result.Headers.Where(h => h.Name.StartsWith("ce", StringComparison.OrdinalIgnoreCase) || h.Name.StartsWith('x')).Select(h => $"{h.Name}: {Encoding.UTF8.GetString(h.Value!)}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"a \\\"b\\\" \\\\\"", "a \"b\" \\"), InlineData("50%", "50%"), InlineData("%zz%4", "%zz%4"), InlineData("%ff", "%ff"), InlineData("a+b", "a+b")]
    public async Task ValueOfAnAnswer_IsReadAsTheBindingSays(string value, string expected)
    {
        _model.Script = call => Answering(call, ("ce-subject", value));

        var (_, result) = await InferAsync(Transport.Rest, []);

        Assert.Equal(expected, result.Headers.TextOf("ce_subject"));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task HeaderOfTheSameNameInACall_GivesWayToTheAttribute(Transport transport)
    {
        var (call, result) = await InferAsync(transport, TestRecords.Header("ce-id", "hyphen"), TestRecords.Header("ce_id", "underscore"), TestRecords.Header("ce-other", "alone"));

        Assert.Equal(("underscore", "alone"), (call.Headers["ce-id"], call.Headers["ce-other"]));
        Assert.Equal(("hyphen", "underscore"), (result.Headers.TextOf("ce-id"), result.Headers.TextOf("ce_id")));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task HeaderOfTheRoute_WinsOverTheAttribute(Transport transport)
    {
        await using var engine = EngineUnderTest.With(new Dictionary<string, string?>(EngineUnderTest.Minimal(_model, transport))
        {
            ["SELDON_PROTOCOL"] = null,
            ["MODEL_NAME"] = null,
            ["MODEL_REST_URL"] = null,
            ["MODEL_GRPC_URL"] = null,
            ["MODEL_TIMEOUT"] = null,
            ["Seldon:Routes:0:Name"] = "r",
            ["Seldon:Routes:0:Protocol"] = "tensorflow",
            ["Seldon:Routes:0:Model"] = "m",
            [transport == Transport.Rest ? "Seldon:Routes:0:RestUrl" : "Seldon:Routes:0:GrpcUrl"] = transport == Transport.Rest ? _model.RestUrl : _model.GrpcUrl,
            ["Seldon:Routes:0:Headers:ce-source"] = "ours",
        });

        await Until.Decided(engine.Infer(TestRecords.Good(transport, 0, "good", Event)));

        Assert.Equal(("ours", "a-1"), (Assert.Single(_model.Calls).Headers["ce-source"], _model.Calls.First().Headers["ce-id"]));
    }

    public static readonly TheoryData<string, byte[]?> NoAttributes = new() { { "ce_id", null }, { "ce_id", [0xff] } };

    [Theory, MemberData(nameof(NoAttributes))]
    public async Task ValueThatIsNoText_IsLeftOutTowardsTheModel(string name, byte[]? value)
    {
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            var (call, result) = await InferAsync(transport, new Header(name, value));

            Assert.DoesNotContain(call.Headers.Keys, h => h.StartsWith("ce", StringComparison.Ordinal));
            Assert.Equal(value, Assert.Single(result.Headers, h => h.Name == name).Value);
        }
    }

    [Fact]
    public async Task EventInsideJson_GoesAsItIs()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Rest);

        await Until.Decided(engine.Infer(TestRecords.Rest("""{"specversion":"1.0","data":{}}""", 0, TestRecords.Header("content-type", "application/cloudevents+json; charset=UTF-8"))));

        Assert.Equal("application/cloudevents+json; charset=UTF-8", Assert.Single(_model.Calls).Headers["content-type"]);
    }

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task Graph_HandsOnTheEventOfTheNodeThatAnswered(string name)
    {
        var dialect = GraphDialect.All[name];
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), dialect);
        graph.Let("t", call => Answering(call, dialect.Answer("x"), ("ce-id", "t")));
        var record = dialect.Record("in");
        record = record with { Headers = [.. record.Headers, .. Event] };

        var result = Result.From(record, (await Until.Decided(graph.Infer(record))).Answer!, "out");

        Assert.Equal(("a-1", "t"), (graph.Server("t").Calls.Single().Headers["ce-id"], graph.Server("m").Calls.Single().Headers["ce-id"]));
        Assert.DoesNotContain("ce-type", graph.Server("m").Calls.Single().Headers.Keys);
        Assert.Equal("a-1", result.Headers.TextOf("ce_id"));

        graph.Let("m", call => Answering(call, dialect.Answer("y"), ("ce-id", "m")));
        Assert.Equal("m", Result.From(record, (await Until.Decided(graph.Infer(record with { Offset = 1 }))).Answer!, "out").Headers.TextOf("ce_id"));
    }

    private static Reaction Answering(Call call, params (string Name, string Value)[] headers) => Answering(call, Reactions.Digest, headers);

    /// <summary>Over gRPC, the last one among the trailers.</summary>
    private static Reaction Answering(Call call, Reaction answer, params (string Name, string Value)[] headers) => async (context, _) =>
    {
        foreach (var (name, value) in call.IsGrpc ? headers[..^1] : headers) context.Response.Headers[name] = value;
        await answer(context, call);
        if (call.IsGrpc) Microsoft.AspNetCore.Http.ResponseTrailerExtensions.AppendTrailer(context.Response, headers[^1].Name.ToLowerInvariant(), headers[^1].Value);
    };

    private async Task<(Call Call, ProducerRecord Result)> InferAsync(Transport transport, params Header[] headers)
    {
        await using var engine = EngineUnderTest.For(_model, transport);
        var record = TestRecords.Good(transport, 0, "good", headers);
        var outcome = await Until.Decided(engine.Infer(record));
        return (_model.Calls.Last(), Result.From(record, outcome.Answer!, "out"));
    }
}
