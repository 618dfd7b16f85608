using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>
/// The model by TensorFlow Serving's gRPC interface: <c>PredictionService/Predict</c> and <c>GetModelMetadata</c>, <c>ModelService/GetModelStatus</c>,
/// with its codes.
/// </summary>
internal sealed class TensorFlowGrpc(FlowerModel model) : IServiceMethodProvider<TensorFlowGrpc>
{
    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const int Available = 30;

    private static readonly Method<PredictRequest, PredictResponse> PredictMethod = GrpcMessage.Method(
        "tensorflow.serving.PredictionService", nameof(Predict), PredictRequest.Parser, PredictResponse.Parser);

    private static readonly Method<GetModelStatusRequest, GetModelStatusResponse> StatusMethod = GrpcMessage.Method(
        "tensorflow.serving.ModelService", nameof(GetModelStatus), GetModelStatusRequest.Parser, GetModelStatusResponse.Parser);

    private static readonly Method<GetModelMetadataRequest, GetModelMetadataResponse> MetadataMethod = GrpcMessage.Method(
        "tensorflow.serving.PredictionService", nameof(GetModelMetadata), GetModelMetadataRequest.Parser, GetModelMetadataResponse.Parser);

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TensorFlowGrpc> context)
    {
        context.AddUnaryMethod(PredictMethod, [], static (calls, request, call) => calls.Predict(request, call));
        context.AddUnaryMethod(StatusMethod, [], static (_, request, _) => GetModelStatus(request));
        context.AddUnaryMethod(MetadataMethod, [], static (_, request, _) => GetModelMetadata(request));
    }

    private async Task<PredictResponse> Predict(PredictRequest request, ServerCallContext context)
    {
        if (Find(request.ModelSpec, model.Resolve) is { } unknown) throw unknown.ToException();
        if (request.Inputs.Count != 1 || !request.Inputs.TryGetValue(FlowerModel.InputName, out var input))
            throw Refusal.Invalid($"input size does not match signature: the only input is {FlowerModel.InputName}").ToException();
        if (TensorFlowTensor.ReadFeatures(input, out var problem) is not { } features) throw Refusal.Invalid(problem!).ToException();

        var scores = await model.PredictAsync(features, context.CancellationToken).ConfigureAwait(false);
        return new PredictResponse
        {
            ModelSpec = new ModelSpec { Name = FlowerModel.Name, Version = FlowerModel.Version, SignatureName = TensorFlowModel.Signature },
            Outputs = { [FlowerModel.OutputName] = TensorFlowTensor.Of(scores, FlowerClassifier.ClassNames.Count) },
        };
    }

    private static Task<GetModelStatusResponse> GetModelStatus(GetModelStatusRequest request)
    {
        if (Find(request.ModelSpec, name => name) is { } unknown) throw unknown.ToException();
        return Task.FromResult(new GetModelStatusResponse
        {
            ModelVersionStatus = { new ModelVersionStatus { Version = FlowerModel.Version, State = Available } },
        });
    }

    private static Task<GetModelMetadataResponse> GetModelMetadata(GetModelMetadataRequest request)
    {
        if (Find(request.ModelSpec, name => name) is { } unknown) throw unknown.ToException();
        var signature = new SignatureDef
        {
            Inputs = { [FlowerModel.InputName] = TensorFlowTensor.InfoOf(FlowerModel.InputName, Flower.FeatureCount) },
            Outputs = { [FlowerModel.OutputName] = TensorFlowTensor.InfoOf(FlowerModel.OutputName, FlowerClassifier.ClassNames.Count) },
            MethodName = "tensorflow/serving/predict",
        };
        return Task.FromResult(new GetModelMetadataResponse
        {
            ModelSpec = new ModelSpec { Name = FlowerModel.Name, Version = FlowerModel.Version },
            Metadata = { ["signature_def"] = Any.Pack(new SignatureDefMap { SignatureDef = { [TensorFlowModel.Signature] = signature } }) },
        });
    }

    private static Refusal? Find(ModelSpec? spec, Func<string, string> resolve)
    {
        if (spec is null) return Refusal.Invalid("Missing ModelSpec");
        var label = spec.VersionChoiceCase == ModelSpec.VersionChoiceOneofCase.VersionLabel ? spec.VersionLabel : null;
        return TensorFlowModel.Find(resolve(spec.Name), spec.Version, label, spec.SignatureName);
    }
}
