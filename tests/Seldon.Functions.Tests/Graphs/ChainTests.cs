using System.Text;
using CsCheck;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>How an answer becomes the next request, byte for byte; and what cannot become one.</summary>
public class ChainTests
{
    [Theory]
    [InlineData("tensorflow", """{ "predictions": [NaN, {"predictions":1}, "\"predictions\":"] , "x":-Infinity }""", """{ "instances": [NaN, {"predictions":1}, "\"predictions\":"] , "x":-Infinity }""")]
    [InlineData("tensorflow", """{"outputs":{"a":[1]}}""", """{"inputs":{"a":[1]}}""")]
    [InlineData("tensorflow", """{"x":{"predictions":0},"predictions":[1e400]} trailing""", """{"x":{"predictions":0},"instances":[1e400]} trailing""")]
    // A request as it is, whatever else it has.
    [InlineData("tensorflow", """{"predictions":[1],"instances":[2]}""", """{"predictions":[1],"instances":[2]}""")]
    [InlineData("v2", """{"model_name":"a","outputs":[{"name":"outputs","data":[1]}]}""", """{"model_name":"a","inputs":[{"name":"outputs","data":[1]}]}""")]
    [InlineData("v2", """{"outputs":[{"name":"y"}],"inputs":[{"name":"x"}]}""", """{"outputs":[{"name":"y"}],"inputs":[{"name":"x"}]}""")]
    [InlineData("seldon", """{"data":{"ndarray":[[1]]},"meta":{"tags":{"x":NaN}}}""", """{"data":{"ndarray":[[1]]},"meta":{"tags":{"x":NaN}}}""")]
    public async Task RestAnswer_BecomesTheNextRequest(string protocol, string answer, string request)
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All[$"{protocol} REST"]);
        graph.Let("t", _ => Reactions.Http(200, answer));
        graph.Let("m", _ => graph.Dialect.Answer("out"));

        Assert.Equal("out", graph.Dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!));

        Assert.Equal(request, Encoding.UTF8.GetString(graph.Server("m").Calls.Single().Body));
    }

    [Theory]
    [InlineData("tensorflow", """{"results":[1]}""")]
    [InlineData("tensorflow", """{"error":"none"}""")]
    [InlineData("tensorflow", """{"predictions":[1]""")]
    [InlineData("tensorflow", """{"a":"\"instances\":[]"}""")]
    [InlineData("v2", """{"id":"1"}""")]
    public async Task RestAnswerThatCannotBeARequest_RecordIsRejectedInTheNameOfWhoSentIt(string protocol, string answer)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All[$"{protocol} REST"], clock);
        graph.Let("t", _ => Reactions.Http(200, answer));

        var rejection = (await Until.Decided(graph.Infer("in"), clock)).Rejection!;

        Assert.Equal(RejectionReason.InvalidAnswer, rejection.Reason);
        Assert.True(rejection.Attempts >= 3);
        Assert.StartsWith("The node 't' sent an answer that cannot be the next node's request", rejection.Message, StringComparison.Ordinal);
        Assert.Empty(graph.Server("m").Calls);
    }

    [Theory, InlineData("tensorflow REST"), InlineData("v2 REST")]
    public async Task AnswerForAnOutputTransformer_IsLookedAt_HoweverDeepItsSenderIs(string name)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var graph = await GraphUnderTest.StartAsync(OutputTransformer("o", new GraphNode { Name = "s", BuiltIn = BuiltIn.SimpleRouter, Children = [Model("m")] }), GraphDialect.All[name], clock);
        graph.Let("m", _ => Reactions.Http(200, "{}"));

        Assert.StartsWith("The node 'm' sent ", (await Until.Decided(graph.Infer("in"), clock)).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerThatPassesTheChildrenBy_IsLookedAt()
    {
        var clock = EngineUnderTest.StandingClock();
        var all = new GraphNode
        {
            Name = "n",
            Methods = NodeMethods.TransformInput | NodeMethods.Route | NodeMethods.Aggregate | NodeMethods.TransformOutput,
            Children = [new() { Name = "a" }, new() { Name = "b" }],
        };
        await using var graph = await GraphUnderTest.StartAsync(all, GraphDialect.All["tensorflow REST"], clock);
        graph.Let("n", call => Reactions.Http(200, call.Path.EndsWith("route", StringComparison.Ordinal) ? "[-2]" : "{}"));

        Assert.StartsWith("The node 'n' sent ", (await Until.Decided(graph.Infer("in"), clock)).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LastAnswer_IsNotLookedAt()
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All["tensorflow REST"]);
        graph.Let("m", _ => Reactions.Http(200, """{"anything":1}"""));

        Assert.Equal("""{"anything":1}"""u8.ToArray(), (await Until.Decided(graph.Infer("in"))).Answer!.Value);
    }

    [Fact]
    public async Task RawTensorsBehindTheJson_StayWhereTheyAre_AndTheJsonsLengthIsRight()
    {
        byte[] tensor = [0, 0xff, (byte)'"', (byte)'{', 1, 2, 3];
        var (answer, request) = ("""{"outputs":[{"name":"y","datatype":"UINT8","shape":[7],"parameters":{"binary_data_size":7}}]}""", """{"inputs":[{"name":"y","datatype":"UINT8","shape":[7],"parameters":{"binary_data_size":7}}]}""");
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All["v2 REST"]);
        graph.Let("t", _ => Reactions.Http(200, [.. Encoding.UTF8.GetBytes(answer), .. tensor], "application/octet-stream", ("Inference-Header-Content-Length", $"{answer.Length}")));
        graph.Let("m", _ => graph.Dialect.Answer("out"));

        await Until.Decided(graph.Infer("in"));

        var call = graph.Server("m").Calls.Single();
        Assert.Equal([.. Encoding.UTF8.GetBytes(request), .. tensor], call.Body);
        Assert.Equal(($"{request.Length}", "application/octet-stream"), (call.Headers["inference-header-content-length"], call.Headers["content-type"]));
    }

    [Fact]
    public async Task EncodedAnswer_IsDecodedForTheNextNode_AndStaysEncodedWhereItLeaves()
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All["tensorflow REST"]);
        graph.Let("t", _ => Reactions.Http(200, Gzip("""{"predictions":["x"]}"""), "application/json", ("Content-Encoding", "gzip")));
        graph.Let("m", _ => Reactions.Http(200, Gzip("""{"predictions":["y"]}"""), "application/json", ("Content-Encoding", "gzip")));

        var answer = (await Until.Decided(graph.Infer("in"))).Answer!;

        var call = graph.Server("m").Calls.Single();
        Assert.Equal("""{"instances":["x"]}""", Encoding.UTF8.GetString(call.Body));
        Assert.DoesNotContain("content-encoding", call.Headers.Keys);
        Assert.Equal("gzip", answer.EntityHeaders.TextOf("content-encoding"));
    }

    [Fact]
    public async Task EncodedAnswerThatExplodes_IsTooLarge()
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All["tensorflow REST"]);
        graph.Let("t", _ => Reactions.Http(200, Gzip(new string(' ', 50_000_000)), "application/json", ("Content-Encoding", "gzip")));

        Assert.Equal(RejectionReason.MessageTooLarge, (await Until.Decided(graph.Infer("in"))).Rejection!.Reason);
    }

    [Fact]
    public async Task ClassificationAnswer_CannotBeChained_ButMayBeTheLast()
    {
        var dialect = GraphDialect.All["tensorflow gRPC"];
        var record = dialect.Record("in") with
        {
            Value = new ClassificationRequest { ModelSpec = new ModelSpec { Name = "graph" }, Input = new Input { ExampleList = new ExampleList { Examples = { new Example { Features = new Features() } } } } }.ToByteArray(),
            Headers = [TestRecords.Header("proto-name", "tensorflow.serving.ClassificationRequest")],
        };
        await using var chain = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), dialect);
        Assert.Equal(RejectionReason.UnknownProtoName, (await Until.Decided(chain.Infer(record))).Rejection!.Reason);

        await using var test = await GraphUnderTest.StartAsync(new() { Name = "ab", BuiltIn = BuiltIn.RandomAbTest, Children = [Model("a"), Model("b")] }, dialect);
        foreach (var node in new[] { "a", "b" })
        {
            test.Let(node, call =>
            {
                Assert.Equal(node, ClassificationRequest.Parser.ParseFrom(call.Body).ModelSpec.Name);
                return Reactions.Frame(new ClassificationResponse { Result = new ClassificationResult() }.ToByteArray());
            });
        }
        Assert.Equal("tensorflow.serving.ClassificationResponse", (await Until.Decided(test.Infer(record))).Answer!.EntityHeaders.TextOf("proto-name"));
    }

    [Fact]
    public async Task VersionAndSignatureThatTheRecordNames_StayWhenItIsAddressedToTheNode()
    {
        var dialect = GraphDialect.All["tensorflow gRPC"];
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), dialect);

        await Until.Decided(graph.Infer("in"));

        var spec = PredictRequest.Parser.ParseFrom(graph.Server("t").Calls.Single().Body).ModelSpec;
        Assert.Equal(("t", "s"), (spec.Name, spec.SignatureName));
    }

    /// <summary>The walk over members sees what a parser sees, in every valid object, and in no broken one reads beyond its end.</summary>
    [Fact]
    public void MembersOfAnyJson_AreThoseOfTheParser() => Gen.Select(AnyJson(4), Gen.Int[0, 200], Gen.Byte).Sample((json, cut, other) =>
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var parsed = System.Text.Json.JsonDocument.Parse(bytes);
        var expected = parsed.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
            ? parsed.RootElement.EnumerateObject().Select(m => (Name: m.Name, Value: m.Value.GetRawText())).ToList()
            : [];
        Assert.Equal(expected, Members(bytes).Select(m => (System.Text.Json.Nodes.JsonNode.Parse($"\"{m.Name}\"")!.GetValue<string>(), m.Value)));

        Members(bytes.AsSpan(0, Math.Min(cut, bytes.Length)));
        if (bytes.Length > 0) bytes[cut % bytes.Length] = other;
        Members(bytes);
    }, iter: 5_000);

    private static List<(string Name, string Value)> Members(ReadOnlySpan<byte> json)
    {
        var members = new JsonMembers(json);
        var found = new List<(string, string)>();
        while (members.TryNext(out var name, out var value))
            found.Add((Encoding.UTF8.GetString(json[name]), Encoding.UTF8.GetString(json[value])));
        return found;
    }

    private static Gen<string> AnyJson(int depth)
    {
        var text = Gen.OneOf("", "a", "predictions", "{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "\\u0022", "\\n", "é", " ").Array[0, 4].Select(s => $"\"{string.Concat(s)}\"");
        var scalar = Gen.OneOf(text, Gen.OneOf("1", "-2.5e10", "true", "false", "null"));
        var space = Gen.OneOf("", "", " ", "\n\t", "\r\n ");
        if (depth == 0) return scalar;
        var inner = AnyJson(depth - 1);
        return Gen.OneOf(
            Gen.Select(Gen.Select(text, space, inner, (n, s, v) => $"{n}{s}:{s}{v}").Array[0, 4], space, (members, s) => $"{{{s}{string.Join($"{s},{s}", members)}{s}}}"),
            Gen.Select(Gen.Select(text, space, inner, (n, s, v) => $"{n}{s}:{s}{v}").Array[0, 4], space, (members, s) => $"{{{s}{string.Join($"{s},{s}", members)}{s}}}"),
            Gen.Select(inner.Array[0, 3], space, (values, s) => $"[{s}{string.Join($",{s}", values)}]"),
            scalar);
    }

    private static byte[] Gzip(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
