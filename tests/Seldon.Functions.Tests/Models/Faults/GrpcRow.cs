using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>A row of the method table: a gRPC request, where it goes, and what comes back.</summary>
/// <param name="RequestType">The header <c>proto-name</c> of the record.</param>
/// <param name="Request">The record's value.</param>
/// <param name="Path">Service and method.</param>
/// <param name="ResponseType">The header <c>proto-name</c> of the result.</param>
/// <param name="Answer">The result's value.</param>
/// <param name="Settings">The route's settings; the protocol first.</param>
internal sealed record GrpcRow(
    string RequestType, IMessage Request, string Path, string ResponseType, IMessage Answer, params (string Name, string Value)[] Settings)
{
    private const string Serving = "tensorflow.serving.";
    private const string Prediction = "/tensorflow.serving.PredictionService/";

    private static readonly (string, string) TensorFlow = ("SELDON_PROTOCOL", "tensorflow");
    private static readonly (string, string) Seldon = ("SELDON_PROTOCOL", "seldon");
    private static readonly ModelSpec Model = new() { Name = "m" };
    private static readonly Tensor Tensor = new() { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = 2 } } }, FloatVal = { 1, 2 } };
    private static readonly Input Examples = new() { ExampleList = new ExampleList { Examples = { new Example { Features = new Features() } } } };
    private static readonly ModelVersionStatus Version = new() { Version = 1, State = 30 };

    private static readonly SeldonMessage Numbers = new() { Data = new DefaultData { Tensor = new SeldonTensor { Shape = { 1, 2 }, Values = { 1, 2 } } } };

    private static readonly ModelInferRequest Infer = new()
    {
        ModelName = "m",
        Inputs = { new InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } },
    };

    /// <summary>What reaches the server, where it is not the record's value.</summary>
    public IMessage? Sent { get; init; }

    public static IReadOnlyDictionary<string, GrpcRow> All { get; } = new Dictionary<string, GrpcRow>
    {
        ["seldon SeldonMessage"] = new("seldon.protos.SeldonMessage", Numbers, "/seldon.protos.Model/Predict", "seldon.protos.SeldonMessage", Numbers, Seldon),
        ["seldon SeldonMessage at the front door"] = new(
            "seldon.protos.SeldonMessage", new SeldonMessage { StrData = "x" }, "/seldon.protos.Seldon/Predict", "seldon.protos.SeldonMessage",
            new SeldonMessage { JsonData = Value.ForString("y"), Status = new SeldonStatus { Code = 200 } }, Seldon, ("SELDON_TARGET", "front-door")),
        ["tensorflow PredictRequest"] = new(
            Serving + "PredictRequest", new PredictRequest { ModelSpec = Model, Inputs = { ["x"] = Tensor } },
            Prediction + "Predict", Serving + "PredictResponse", new PredictResponse { Outputs = { ["y"] = Tensor } }, TensorFlow),
        ["tensorflow PredictResponse becomes the next request"] = new(
            Serving + "PredictResponse", new PredictResponse { ModelSpec = new ModelSpec { Name = "other", SignatureName = "s", Version = 9 }, Outputs = { ["y"] = Tensor } },
            Prediction + "Predict", Serving + "PredictResponse", new PredictResponse { Outputs = { ["z"] = Tensor } }, TensorFlow, ("MODEL_VERSION", "7"))
        {
            Sent = new PredictRequest { ModelSpec = new ModelSpec { Name = "m", Version = 7 }, Inputs = { ["y"] = Tensor } },
        },
        ["tensorflow ClassificationRequest"] = new(
            Serving + "ClassificationRequest", new ClassificationRequest { ModelSpec = Model, Input = Examples },
            Prediction + "Classify", Serving + "ClassificationResponse", new ClassificationResponse { ModelSpec = Model, Result = new ClassificationResult() }, TensorFlow),
        ["tensorflow RegressionRequest"] = new(
            Serving + "RegressionRequest", new RegressionRequest { ModelSpec = Model, Input = Examples },
            Prediction + "Regress", Serving + "RegressionResponse", new RegressionResponse { ModelSpec = Model, Result = new RegressionResult() }, TensorFlow),
        ["tensorflow MultiInferenceRequest"] = new(
            Serving + "MultiInferenceRequest", new MultiInferenceRequest { Tasks = { new InferenceTask { ModelSpec = Model, MethodName = "tensorflow/serving/classify" } }, Input = Examples },
            Prediction + "MultiInference", Serving + "MultiInferenceResponse", new MultiInferenceResponse { Results = { new InferenceResult { ModelSpec = Model } } }, TensorFlow),
        ["tensorflow GetModelMetadataRequest"] = new(
            Serving + "GetModelMetadataRequest", new GetModelMetadataRequest { ModelSpec = Model, MetadataField = { "signature_def" } },
            Prediction + "GetModelMetadata", Serving + "GetModelMetadataResponse",
            new GetModelMetadataResponse { ModelSpec = Model, Metadata = { ["signature_def"] = Any.Pack(new Empty()) } }, TensorFlow),
        ["tensorflow GetModelStatusRequest"] = new(
            Serving + "GetModelStatusRequest", new GetModelStatusRequest { ModelSpec = Model },
            "/tensorflow.serving.ModelService/GetModelStatus", Serving + "GetModelStatusResponse", new GetModelStatusResponse { ModelVersionStatus = { Version } }, TensorFlow),
        ["v2 ModelInferRequest"] = new(
            "inference.ModelInferRequest", Infer, "/inference.GRPCInferenceService/ModelInfer", "inference.ModelInferResponse",
            new ModelInferResponse { ModelName = "m", RawOutputContents = { ByteString.CopyFrom(1, 2, 3, 4) } }, ("SELDON_PROTOCOL", "v2")),
        ["kfserving is v2"] = new(
            "inference.ModelInferRequest", Infer, "/inference.GRPCInferenceService/ModelInfer", "inference.ModelInferResponse",
            new ModelInferResponse { ModelName = "m" }, ("SELDON_PROTOCOL", "kfserving")),
    };
}
