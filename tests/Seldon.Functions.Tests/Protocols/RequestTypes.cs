using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>All types of requests that are forwarded over gRPC.</summary>
internal static class RequestTypes
{
    private const string TensorFlow = "tensorflow.serving.";

    public static readonly Tensor Tensor = new()
    {
        Dtype = 1,
        TensorShape = new TensorShape { Dim = { new Dim { Size = 1 }, new Dim { Size = 2 } } },
        FloatVal = { 1.5f, -2f },
    };

    public static readonly ModelSpec Spec = new() { Name = "m", Version = 7, SignatureName = "s" };

    public static readonly Input Input = new()
    {
        ExampleList = new ExampleList
        {
            Examples = { new Example { Features = new Features { Feature = { ["f"] = new Feature { FloatList = new FloatList { Value = { 1, 2 } } } } } } },
        },
    };

    public static readonly InferInputTensor Fp32 = new() { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } };

    /// <summary>By their names.</summary>
    public static readonly IReadOnlyDictionary<string, RequestType> All = new[]
    {
        RequestType.Of(
            "seldon.protos.SeldonMessage", "seldon",
            new SeldonMessage { Meta = new SeldonMeta { Puid = "p", Tags = { ["t"] = Value.ForNumber(1) } }, Data = Data(new SeldonTensor { Shape = { 1, 2 }, Values = { 1, 2 } }) },
            IsComplete),
        RequestType.Of(
            TensorFlow + "PredictRequest", "tensorflow", new PredictRequest { ModelSpec = Spec, Inputs = { ["i"] = Tensor }, OutputFilter = { "o" } },
            m => HasName(m.ModelSpec) && m.Inputs.Count > 0),
        RequestType.Of(
            TensorFlow + "ClassificationRequest", "tensorflow", new ClassificationRequest { ModelSpec = Spec, Input = Input },
            m => HasName(m.ModelSpec) && HasExamples(m.Input)),
        RequestType.Of(
            TensorFlow + "RegressionRequest", "tensorflow", new RegressionRequest { ModelSpec = Spec, Input = Input },
            m => HasName(m.ModelSpec) && HasExamples(m.Input)),
        RequestType.Of(
            TensorFlow + "MultiInferenceRequest", "tensorflow",
            new MultiInferenceRequest { Tasks = { new InferenceTask { ModelSpec = Spec, MethodName = "n" } }, Input = Input },
            m => m.Tasks.Count > 0 && m.Tasks.All(t => HasName(t.ModelSpec)) && HasExamples(m.Input)),
        RequestType.Of(
            TensorFlow + "GetModelMetadataRequest", "tensorflow", new GetModelMetadataRequest { ModelSpec = Spec, MetadataField = { "signature_def" } },
            m => HasName(m.ModelSpec)),
        RequestType.Of(TensorFlow + "GetModelStatusRequest", "tensorflow", new GetModelStatusRequest { ModelSpec = Spec }, m => HasName(m.ModelSpec)),
        RequestType.Of(
            TensorFlow + "PredictResponse", "tensorflow", new PredictResponse { ModelSpec = Spec, Outputs = { ["o"] = Tensor } },
            m => m.Outputs.Count > 0),
        RequestType.Of(
            "inference.ModelInferRequest", "v2", new ModelInferRequest { ModelName = "m", Id = "i", Inputs = { Fp32 }, Parameters = { ["p"] = new InferParameter { Int64Param = 1 } } },
            InferOracle.IsComplete),
    }.ToDictionary(t => t.Name);

    public static readonly TheoryData<string> Names = [.. All.Keys];

    public static DefaultData Data(SeldonTensor tensor) => new() { Names = { "a" }, Tensor = tensor };

    private static bool HasName(ModelSpec? spec) => spec?.Name.Length > 0;

    private static bool HasExamples(Input? input) => input?.KindCase switch
    {
        Input.KindOneofCase.ExampleList => input.ExampleList.Examples.Count > 0,
        Input.KindOneofCase.ExampleListWithContext => input.ExampleListWithContext.Examples.Count > 0,
        _ => false,
    };

    private static bool IsComplete(SeldonMessage message) => message switch
    {
        { PayloadCase: SeldonMessage.PayloadOneofCase.None } => message.Meta is not null || message.Status is not null,
        { Data.Tensor: { Shape.Count: > 0 } tensor } when !tensor.Shape.Contains(-1) =>
            tensor.Shape.All(s => s >= 0) && tensor.Shape.Aggregate(System.Numerics.BigInteger.One, (a, b) => a * b) == tensor.Values.Count,
        { Data.Tensor: { } tensor } => tensor.Shape.All(s => s >= -1),
        _ => true,
    };
}
