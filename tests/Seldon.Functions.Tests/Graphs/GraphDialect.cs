using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>
/// How a text travels through a graph: the same small vocabulary for each protocol and transport. Everything that a node receives must be
/// in the form of a request, and addressed to that node.
/// </summary>
internal sealed record GraphDialect(string Protocol, Transport Transport, bool HasRoutersAndCombiners)
{
    public static IReadOnlyDictionary<string, GraphDialect> All { get; } = new[]
    {
        new GraphDialect("seldon", Transport.Rest, true), new GraphDialect("seldon", Transport.Grpc, true),
        new GraphDialect("tensorflow", Transport.Rest, true), new GraphDialect("tensorflow", Transport.Grpc, false),
        new GraphDialect("v2", Transport.Rest, true), new GraphDialect("v2", Transport.Grpc, false),
    }.ToDictionary(d => d.ToString(), d => d);

    public override string ToString() => $"{Protocol} {(Transport == Transport.Rest ? "REST" : "gRPC")}";

    private bool IsRest => Transport == Transport.Rest;

    /// <summary>A record that carries the text.</summary>
    public Record Record(string text, long offset = 0) => this switch
    {
        { IsRest: true } => TestRecords.Rest(Json(text, isAnswer: false), offset),
        { Protocol: "seldon" } => TestRecords.Of(Message(text).ToByteArray(), offset, TestRecords.Header("proto-name", "seldon.protos.SeldonMessage")),
        { Protocol: "tensorflow" } => TestRecords.Of(
            new PredictRequest { ModelSpec = new ModelSpec { Name = "graph", SignatureName = "s" }, Inputs = { ["x"] = Strings(text) } }.ToByteArray(),
            offset, TestRecords.Header("proto-name", "tensorflow.serving.PredictRequest")),
        _ => TestRecords.Of(
            new ModelInferRequest { ModelName = "graph", Id = "1", Inputs = { new InferInputTensor { Name = "x", Datatype = "BYTES", Shape = { 1 } } }, RawInputContents = { Framed(text) } }.ToByteArray(),
            offset, TestRecords.Header("proto-name", "inference.ModelInferRequest")),
    };

    /// <summary>The text that a node was sent.</summary>
    public string Read(Call call, string node)
    {
        if (IsRest)
        {
            if (Protocol != "seldon") Assert.Contains($"/models/{node}", call.Path, StringComparison.Ordinal);
            return ReadJson(call.Body, isAnswer: false, mayBeEither: Asks(call) == NodeMethods.Route);
        }
        if (Protocol == "seldon") return SeldonMessage.Parser.ParseFrom(call.Body).StrData;
        if (Protocol == "tensorflow")
        {
            var predict = PredictRequest.Parser.ParseFrom(call.Body);
            Assert.Equal(node, predict.ModelSpec.Name);
            return predict.Inputs["x"].StringVal.Single().ToStringUtf8();
        }
        var infer = ModelInferRequest.Parser.ParseFrom(call.Body);
        Assert.Equal((node, "1"), (infer.ModelName, infer.Id));
        Assert.Equal("BYTES", infer.Inputs.Single().Datatype);
        return Unframed(infer.RawInputContents.Single());
    }

    /// <summary>The texts that a combiner was sent.</summary>
    public IReadOnlyList<string> ReadList(Call call)
    {
        if (!IsRest) return [.. SeldonMessageList.Parser.ParseFrom(call.Body).Messages.Select(m => m.StrData)];
        using var json = JsonDocument.Parse(call.Body);
        return [.. json.RootElement.EnumerateArray().Select(m => ReadJson(Encoding.UTF8.GetBytes(m.GetRawText()), isAnswer: false, mayBeEither: true))];
    }

    /// <summary>The text of a graph's answer, or of its request where no node has answered.</summary>
    public string Read(Answer answer) => answer.EntityHeaders.TextOf("proto-name") switch
    {
        null => ReadJson(answer.Value, isAnswer: true, mayBeEither: true),
        "seldon.protos.SeldonMessage" => SeldonMessage.Parser.ParseFrom(answer.Value).StrData,
        "tensorflow.serving.PredictRequest" => PredictRequest.Parser.ParseFrom(answer.Value).Inputs["x"].StringVal.Single().ToStringUtf8(),
        "tensorflow.serving.PredictResponse" => PredictResponse.Parser.ParseFrom(answer.Value).Outputs["x"].StringVal.Single().ToStringUtf8(),
        "inference.ModelInferRequest" => Unframed(ModelInferRequest.Parser.ParseFrom(answer.Value).RawInputContents.Single()),
        _ => Unframed(ModelInferResponse.Parser.ParseFrom(answer.Value).RawOutputContents.Single()),
    };

    /// <summary>A node's answer.</summary>
    public Reaction Answer(string text) => this switch
    {
        { IsRest: true } => Reactions.Http(200, Json(text, isAnswer: true)),
        { Protocol: "seldon" } => Reactions.Frame(Message(text).ToByteArray()),
        { Protocol: "tensorflow" } => Reactions.Frame(
            new PredictResponse { ModelSpec = new ModelSpec { Name = "another", Version = 7 }, Outputs = { ["x"] = Strings(text) } }.ToByteArray()),
        _ => Reactions.Frame(
            new ModelInferResponse { ModelName = "another", Id = "1", Outputs = { new InferOutputTensor { Name = "x", Datatype = "BYTES", Shape = { 1 } } }, RawOutputContents = { Framed(text) } }.ToByteArray()),
    };

    /// <summary>A router's answer, in one of the forms that routers have.</summary>
    public Reaction Route(int way) => (IsRest, way & 3) switch
    {
        (true, 0) => Reactions.Http(200, $"[{way}]"),
        (true, 1) => Reactions.Http(200, $$$"""{"data":{"names":[],"ndarray":[[{{{way}}}]]},"meta":{}}"""),
        (true, _) => Reactions.Http(200, $$$$"""{"data":{"tensor":{"shape":[1,1],"values":[{{{{way}}}}.0]}}}"""),
        (_, 0) => Reactions.Frame(new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Shape = { 1, 1 }, Values = { way } } } }.ToByteArray()),
        _ => Reactions.Frame(new SeldonMessage { Data = new DefaultData { Ndarray = new ListValue { Values = { Value.ForList(Value.ForNumber(way)) } } } }.ToByteArray()),
    };

    /// <summary>What a call asks for, by its path.</summary>
    public static NodeMethods Asks(Call call) => call.Path.Split('/', ':')[^1].ToLowerInvariant() switch
    {
        "transform-input" or "transforminput" => NodeMethods.TransformInput,
        "transform-output" or "transformoutput" => NodeMethods.TransformOutput,
        "route" => NodeMethods.Route,
        "aggregate" => NodeMethods.Aggregate,
        _ => NodeMethods.Predict,
    };

    private string Json(string text, bool isAnswer) => Protocol switch
    {
        "seldon" => $$$"""{"meta":{"tags":{"a":1}},"strData":"{{{text}}}"}""",
        "tensorflow" => $$"""{ "signature_name":"s", "{{(isAnswer ? "predictions" : "instances")}}" : ["{{text}}"] }""",
        _ => $$$"""{"id":"1","{{{(isAnswer ? "outputs" : "inputs")}}}":[{"name":"x","datatype":"BYTES","shape":[1],"data":["{{{text}}}"]}]}""",
    };

    private string ReadJson(byte[] json, bool isAnswer, bool mayBeEither)
    {
        using var parsed = JsonDocument.Parse(json);
        var root = parsed.RootElement;
        if (Protocol == "seldon") return root.GetProperty("strData").GetString()!;
        var (request, answer) = Protocol == "tensorflow" ? ("instances", "predictions") : ("inputs", "outputs");
        var value = mayBeEither
            ? root.TryGetProperty(request, out var found) ? found : root.GetProperty(answer)
            : root.GetProperty(isAnswer ? answer : request);
        return Protocol == "tensorflow" ? value[0].GetString()! : value[0].GetProperty("data")[0].GetString()!;
    }

    private static SeldonMessage Message(string text) => new() { StrData = text, Meta = new SeldonMeta { RequestPath = { ["a"] = "b" } } };

    private static Tensor Strings(string text) => new() { Dtype = 7, StringVal = { ByteString.CopyFromUtf8(text) } };

    private static ByteString Framed(string text)
    {
        var frame = new byte[4 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        Encoding.UTF8.GetBytes(text, frame.AsSpan(4));
        return ByteString.CopyFrom(frame);
    }

    private static string Unframed(ByteString frame) => Encoding.UTF8.GetString(frame.Span[4..]);
}
