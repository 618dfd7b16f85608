using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Whole messages of Seldon and TensorFlow that are no requests, for want of a model, or of as many values as the shape says.</summary>
public sealed class RequestMeaningTests : IAsyncLifetime
{
    private const string Seldon = "seldon.protos.SeldonMessage";
    private const string Predict = "tensorflow.serving.PredictRequest";
    private const string Classification = "tensorflow.serving.ClassificationRequest";
    private const string MultiInference = "tensorflow.serving.MultiInferenceRequest";
    private const string ModelStatus = "tensorflow.serving.GetModelStatusRequest";
    private const string Values = "not as many values as its shape says";
    private static readonly ModelSpec NoName = new() { SignatureName = "s" };
    private static readonly byte[] Strings = new SeldonMessage { StrData = "s" }.ToByteArray();
    private static readonly byte[] HalfTensor = Message(Tensor([2], 1));

    /// <summary>The type, what it is about, the value, and what the rejection says; null where it is sent.</summary>
    public static readonly TheoryData<string, string, byte[], string?> Rows = new()
    {
        { Seldon, "strData", Strings, null },
        { Seldon, "strData that is empty", new SeldonMessage { StrData = "" }.ToByteArray(), null },
        { Seldon, "binData", new SeldonMessage { BinData = ByteString.CopyFrom(0xff) }.ToByteArray(), null },
        { Seldon, "jsonData", new SeldonMessage { JsonData = Value.ForStruct(new Struct { Fields = { ["a"] = Value.ForList(Value.ForNull(), Value.ForBool(true)) } }) }.ToByteArray(), null },
        { Seldon, "customData", new SeldonMessage { CustomData = Any.Pack(new Empty()) }.ToByteArray(), null },
        { Seldon, "ndarray", Message(new DefaultData { Ndarray = new ListValue { Values = { Value.ForList(Value.ForNumber(1)) } } }), null },
        { Seldon, "tftensor", Message(new DefaultData { Tftensor = RequestTypes.Tensor }), null },
        { Seldon, "tensor", Message(Tensor([2, 3], 6)), null },
        { Seldon, "tensor of no dimension", Message(Tensor([], 1)), null },
        { Seldon, "tensor of nothing", Message(Tensor([0, 3], 0)), null },
        { Seldon, "tensor, not packed", [0x1a, 13, 0x12, 11, 0x08, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 0], null },
        { Seldon, "tensor, too few values", Message(Tensor([2, 3], 5)), Values },
        { Seldon, "tensor, too many values", Message(Tensor([2, 3], 7)), Values },
        { Seldon, "tensor, not packed, too many values", [0x1a, 22, 0x12, 20, 0x08, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0], Values },
        { Seldon, "tensor, no shape", Message(Tensor([], 2)), null },
        { Seldon, "tensor, a size left open", Message(Tensor([-1, 4], 8)), null },
        { Seldon, "tensor, the second size left open", Message(Tensor([2, -1], 7)), null },
        { Seldon, "tensor, a size left open beside a negative one", Message(Tensor([-1, -2], 6)), Values },
        { Seldon, "tensor, negative", Message(Tensor([-2, -3], 6)), Values },
        { Seldon, "tensor, 2^64 values", Message(Tensor([1 << 30, 1 << 30, 16], 0)), Values },
        { Seldon, "tensor, in parts", Message(Tensor([2], 1), Tensor([], 1)), null },
        { Seldon, "tensor, in parts of too much", Message(Tensor([2], 2), Tensor([2], 2), Tensor([], 1)), Values },
        { Seldon, "bad tensor, but then strData", [.. HalfTensor, .. Strings], null },
        { Seldon, "strData, but then bad tensor", [.. Strings, .. HalfTensor], Values },
        { Seldon, "bad tensor, but then strData, but then a tensor", [.. HalfTensor, .. Strings, .. Message(Tensor([1], 1))], null },
        { Seldon, "bad tensor, but then ndarray", [.. HalfTensor, .. Message(new DefaultData { Ndarray = new ListValue() })], null },
        { Seldon, "names only", Message(new DefaultData { Names = { "a" } }), null },
        { Seldon, "data that is empty", Message(new DefaultData()), null },
        { Seldon, "meta only", new SeldonMessage { Meta = new SeldonMeta { Puid = "p" } }.ToByteArray(), null },
        { Seldon, "status only", new SeldonMessage { Status = new SeldonStatus { Code = 200 } }.ToByteArray(), null },
        { Seldon, "what nobody knows", [0xc2, 0x3e, 0], "has neither data nor" },

        { Predict, "no model", new PredictRequest { Inputs = { ["i"] = RequestTypes.Tensor } }.ToByteArray(), "names no model" },
        { Predict, "model without a name", new PredictRequest { ModelSpec = NoName, Inputs = { ["i"] = RequestTypes.Tensor } }.ToByteArray(), "names no model" },
        { Predict, "name taken back", [.. new PredictRequest { ModelSpec = RequestTypes.Spec, Inputs = { ["i"] = RequestTypes.Tensor } }.ToByteArray(), 0x0a, 2, 0x0a, 0], "names no model" },
        { Predict, "no inputs", new PredictRequest { ModelSpec = RequestTypes.Spec, OutputFilter = { "o" } }.ToByteArray(), "has no inputs" },
        { Predict, "fewer values than the shape says: the last one fills", new PredictRequest { ModelSpec = RequestTypes.Spec, Inputs = { ["i"] = new Tensor { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = 9 } } }, FloatVal = { 0 } } } }.ToByteArray(), null },

        { Classification, "no model", new ClassificationRequest { Input = RequestTypes.Input }.ToByteArray(), "names no model" },
        { Classification, "no input", new ClassificationRequest { ModelSpec = RequestTypes.Spec }.ToByteArray(), "has no examples" },
        { Classification, "no list", new ClassificationRequest { ModelSpec = RequestTypes.Spec, Input = new Input() }.ToByteArray(), "has no examples" },
        { Classification, "no examples", new ClassificationRequest { ModelSpec = RequestTypes.Spec, Input = new Input { ExampleList = new ExampleList() } }.ToByteArray(), "has no examples" },
        { Classification, "context only", new ClassificationRequest { ModelSpec = RequestTypes.Spec, Input = WithContext() }.ToByteArray(), "has no examples" },
        { Classification, "examples with context", new ClassificationRequest { ModelSpec = RequestTypes.Spec, Input = WithContext(new Example()) }.ToByteArray(), null },
        { Classification, "examples in a field that nobody knows", [.. new ClassificationRequest { ModelSpec = RequestTypes.Spec }.ToByteArray(), 0x12, 4, 0x1a, 2, 0x0a, 0], "has no examples" },
        { Classification, "examples, but then none with context", [.. new ClassificationRequest { ModelSpec = RequestTypes.Spec, Input = RequestTypes.Input }.ToByteArray(), 0x12, 2, 0x12, 0], "has no examples" },
        { "tensorflow.serving.RegressionRequest", "no examples", new RegressionRequest { ModelSpec = RequestTypes.Spec }.ToByteArray(), "RegressionRequest has no examples" },

        { MultiInference, "no tasks", new MultiInferenceRequest { Input = RequestTypes.Input }.ToByteArray(), "has no tasks" },
        { MultiInference, "a task without a model", new MultiInferenceRequest { Tasks = { Task(RequestTypes.Spec), Task(NoName) }, Input = RequestTypes.Input }.ToByteArray(), "names no model" },
        { MultiInference, "an empty task", new MultiInferenceRequest { Tasks = { new InferenceTask() }, Input = RequestTypes.Input }.ToByteArray(), "names no model" },
        { MultiInference, "no examples", new MultiInferenceRequest { Tasks = { Task(RequestTypes.Spec) } }.ToByteArray(), "has no examples" },
        { "tensorflow.serving.GetModelMetadataRequest", "no model", new GetModelMetadataRequest { MetadataField = { "signature_def" } }.ToByteArray(), "names no model" },
        { ModelStatus, "model without a name", new GetModelStatusRequest { ModelSpec = NoName }.ToByteArray(), "names no model" },
        { ModelStatus, "what nobody knows", [0xc2, 0x3e, 0], "names no model" },
        { "tensorflow.serving.PredictResponse", "no outputs", new PredictResponse { ModelSpec = RequestTypes.Spec }.ToByteArray(), "has no outputs" },
    };

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, MemberData(nameof(Rows))]
    public async Task Value_IsSentAsItIsOrRejectedWithTheReason(string name, string about, byte[] value, string? problem)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);

        var outcome = await Until.Decided(engine.Infer(type.Record(value)));

        Assert.True(type.IsWhole(value) == (problem is null), $"Google's messages, read plainly: {about}");
        if (problem is null)
        {
            Assert.Equal(OutcomeKind.Answered, outcome.Kind);
            Assert.Equal(value, Assert.Single(_model.Calls).Body);
        }
        else
        {
            Assert.Equal(RejectionReason.InvalidProtobuf, outcome.Rejection?.Reason);
            Assert.Contains(problem, outcome.Rejection!.Message, StringComparison.Ordinal);
            Assert.Empty(_model.Calls);
        }
    }

    private static SeldonTensor Tensor(int[] shape, int values) => new() { Shape = { shape }, Values = { new double[values] } };

    /// <summary>A SeldonMessage whose data comes in so many parts.</summary>
    private static byte[] Message(params SeldonTensor[] parts) => [.. parts.SelectMany(p => Message(RequestTypes.Data(p)))];

    private static byte[] Message(DefaultData data) => new WireWriter().Bytes(3, data.ToByteArray()).ToArray();

    private static Input WithContext(params Example[] examples) => new() { ExampleListWithContext = new ExampleListWithContext { Examples = { examples }, Context = new Example() } };

    private static InferenceTask Task(ModelSpec spec) => new() { ModelSpec = spec, MethodName = "n" };
}
