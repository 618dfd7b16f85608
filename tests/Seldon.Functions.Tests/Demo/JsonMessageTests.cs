using Google.Protobuf;
using Seldon.Functions.Demo.Messages;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Demo;

/// <summary>JSON that a person has written, as protobuf messages: what fits becomes the message, what does not is named.</summary>
public class JsonMessageTests
{
    private const string Predict = "tensorflow.serving.PredictRequest";
    private const string Infer = "inference.ModelInferRequest";
    private const string Seldon = "seldon.protos.SeldonMessage";

    [Fact]
    public void TensorFlowRequest_BecomesItsMessage() => Assert.Equal(
        new PredictRequest
        {
            ModelSpec = new ModelSpec { Name = "flowers", Version = 3 },
            Inputs = { ["x"] = new Tensor { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = 1 }, new Dim { Size = 2 } } }, FloatVal = { 1.5f, float.NaN } } },
            OutputFilter = { "y" },
        },
        Read<PredictRequest>(Predict, """
            { "model_spec": { "version": "3" }, "inputs": { "x": { "dtype": "DT_FLOAT", "tensorShape": { "dim": [{ "size": 1 }, { "size": "2" }] }, "floatVal": [1.5, "NaN"] } }, "outputFilter": ["y"] }
            """));

    [Fact]
    public void V2Request_BecomesItsMessage() => Assert.Equal(
        new ModelInferRequest
        {
            ModelName = "other",
            Parameters = { ["p"] = new InferParameter { Int64Param = long.MaxValue } },
            Inputs = { new InferInputTensor { Name = "x", Datatype = "BYTES", Shape = { 1 }, Contents = new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("ä") }, BoolContents = { true } } } },
        },
        Read<ModelInferRequest>(Infer, """
            { "modelName": "other", "parameters": { "p": { "int64_param": "9223372036854775807" } }, "inputs": [{ "name": "x", "datatype": "BYTES", "shape": [1], "contents": { "bytesContents": ["w6Q="], "boolContents": [true] } }] }
            """));

    [Fact]
    public void SeldonRequest_BecomesItsMessage()
    {
        var message = Read<SeldonMessage>(Seldon, """{ "meta": { "tags": { "a": [1, null] } }, "data": { "names": ["n"], "ndarray": [[1, "two", { "b": true }]] }, "status": null }""");

        Assert.Equal("two", message.Data.Ndarray.Values[0].ListValue.Values[1].StringValue);
        Assert.Equal((2, "n", null), (message.Meta.Tags["a"].ListValue.Values.Count, message.Data.Names[0], message.Status));
    }

    [Theory]
    [InlineData(Predict, "[1]", "The JSON is a list, but PredictRequest is an object.")]
    [InlineData(Predict, "{", "The JSON cannot be read")]
    [InlineData(Predict, """{ "input": {} }""", "The JSON has the member input, which PredictRequest does not have: did you mean inputs?")]
    [InlineData(Predict, """{ "inputs": [] }""", "inputs is a list, but an object with names is expected.")]
    [InlineData(Predict, """{ "inputs": { "x": { "floatVal": 1 } } }""", "inputs.x.floatVal is a number, but a list of float is expected.")]
    [InlineData(Predict, """{ "inputs": { "x": { "floatVal": [1, [2]] } } }""", "inputs.x.floatVal[1] is a list, but a number (float32) is expected.")]
    [InlineData(Predict, """{ "inputs": { "x": { "floatVal": [1, 1e39] } } }""", "inputs.x.floatVal[1] is 1e39, which is too large for float32.")]
    [InlineData(Predict, """{ "inputs": { "x": { "floatVal": [1, -3.5e38] } } }""", "inputs.x.floatVal[1] is -3.5e38, which is too large for float32.")]
    [InlineData(Predict, """{ "inputs": { "x": { "doubleVal": [1e400] } } }""", "inputs.x.doubleVal[0] is 1e400, which is too large for float64.")]
    [InlineData(Predict, """{ "inputs": { "x": { "intVal": [3000000000] } } }""", "inputs.x.intVal[0] is 3000000000, which does not fit int32 (-2147483648 to 2147483647).")]
    [InlineData(Predict, """{ "inputs": { "x": { "intVal": [1.5] } } }""", "inputs.x.intVal[0] is 1.5, which is no whole number (int32).")]
    [InlineData(Predict, """{ "inputs": { "x": { "uint64Val": [-1] } } }""", "inputs.x.uint64Val[0] is -1, which does not fit uint64")]
    [InlineData(Predict, """{ "inputs": { "x": { "boolVal": ["yes"] } } }""", "inputs.x.boolVal[0] is a text, but true or false is expected.")]
    [InlineData(Predict, """{ "inputs": { "x": { "dtype": "DT_FLAOT" } } }""", "inputs.x.dtype is a text, but a whole number (int32) is expected.")]
    [InlineData(Predict, """{ "inputs": { "x": { "stringVal": ["no base64!"] } } }""", "inputs.x.stringVal[0] is a text, but bytes in base64 is expected.")]
    [InlineData(Predict, """{ "modelSpec": { "version": 1, "versionLabel": "a" } }""", "modelSpec has both version and versionLabel: ModelSpec takes only one of them.")]
    [InlineData(Infer, """{ "inputs": [{ "name": 7 }] }""", "inputs[0].name is a number, but a text is expected.")]
    [InlineData(Infer, """{ "inputs": [{ "data": [1] }] }""", "inputs[0] has the member data, which InferInputTensor does not have: use name, datatype, shape, parameters, contents.")]
    [InlineData(Seldon, """{ "status": { "status": "BAD" } }""", "status.status is a text, but one of SUCCESS, FAILURE is expected.")]
    [InlineData(Seldon, """{ "data": { "ndarray": 7 } }""", "data.ndarray is no ListValue")]
    public void JsonThatDoesNotFit_IsNamed(string type, string json, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<JsonMismatchException>(() => RequestMessage.Make(json, MessageTypes.Find(type)!, new ModelSelector("flowers"))).Message, StringComparison.Ordinal);

    private static T Read<T>(string type, string json) where T : IMessage<T> =>
        (T)MessageTypes.Find(type)!.Parser.ParseFrom(RequestMessage.Make(json, MessageTypes.Find(type)!, new ModelSelector("flowers")));
}
