using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>
/// The model by the gRPC interface of the V2 protocol: <c>ModelInfer</c>, <c>ServerLive</c>, <c>ServerReady</c>, <c>ModelReady</c> and <c>ModelMetadata</c>
/// of the service <c>inference.GRPCInferenceService</c>. Raw contents are answered raw, typed ones typed.
/// </summary>
internal sealed class V2Grpc(FlowerModel model) : IServiceMethodProvider<V2Grpc>
{
    private const string Service = "inference.GRPCInferenceService";

    private static readonly Method<ModelInferRequest, ModelInferResponse> InferMethod =
        GrpcMessage.Method(Service, nameof(ModelInfer), ModelInferRequest.Parser, ModelInferResponse.Parser);

    private static readonly Method<ServerLiveRequest, ServerLiveResponse> LiveMethod =
        GrpcMessage.Method(Service, "ServerLive", ServerLiveRequest.Parser, ServerLiveResponse.Parser);

    private static readonly Method<ServerReadyRequest, ServerReadyResponse> ReadyMethod =
        GrpcMessage.Method(Service, "ServerReady", ServerReadyRequest.Parser, ServerReadyResponse.Parser);

    private static readonly Method<ModelReadyRequest, ModelReadyResponse> ModelReadyMethod =
        GrpcMessage.Method(Service, nameof(ModelReady), ModelReadyRequest.Parser, ModelReadyResponse.Parser);

    private static readonly Method<ModelMetadataRequest, ModelMetadataResponse> MetadataMethod =
        GrpcMessage.Method(Service, nameof(ModelMetadata), ModelMetadataRequest.Parser, ModelMetadataResponse.Parser);

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<V2Grpc> context)
    {
        context.AddUnaryMethod(InferMethod, [], static (calls, request, call) => calls.ModelInfer(request, call));
        context.AddUnaryMethod(LiveMethod, [], static (_, _, _) => Task.FromResult(new ServerLiveResponse { Live = true }));
        context.AddUnaryMethod(ReadyMethod, [], static (_, _, _) => Task.FromResult(new ServerReadyResponse { Ready = true }));
        context.AddUnaryMethod(ModelReadyMethod, [], static (_, request, _) => ModelReady(request));
        context.AddUnaryMethod(MetadataMethod, [], static (_, request, _) => ModelMetadata(request));
    }

    private async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        if (V2Model.Find(model.Resolve(request.ModelName), request.ModelVersion) is { } unknown) throw unknown.ToException();
        var features = Values(request);
        if (V2Model.ProblemOf(request.Inputs, features) is { } problem) throw Refusal.Invalid(problem).ToException();

        var scores = await model.PredictAsync(features, context.CancellationToken).ConfigureAwait(false);
        var classes = FlowerClassifier.ClassNames.Count;
        var output = new InferOutputTensor { Name = FlowerModel.OutputName, Datatype = V2Model.Float, Shape = { scores.Length / classes, classes } };
        var response = new ModelInferResponse { ModelName = FlowerModel.Name, ModelVersion = V2Model.Version, Id = request.Id, Outputs = { output } };
        if (request.RawInputContents.Count > 0) response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(LittleEndian.WriteSingles(scores)));
        else output.Contents = new InferTensorContents { Fp32Contents = { scores } };
        return response;
    }

    private static Task<ModelReadyResponse> ModelReady(ModelReadyRequest request)
    {
        if (V2Model.Find(request.Name, request.Version) is { } unknown) throw unknown.ToException();
        return Task.FromResult(new ModelReadyResponse { Ready = true });
    }

    private static Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request)
    {
        if (V2Model.Find(request.Name, request.Version) is { } unknown) throw unknown.ToException();
        return Task.FromResult(new ModelMetadataResponse
        {
            Name = FlowerModel.Name,
            Versions = { V2Model.Version },
            Inputs = { new InferTensorMetadata { Name = FlowerModel.InputName, Datatype = V2Model.Float, Shape = { -1, Flower.FeatureCount } } },
            Outputs = { new InferTensorMetadata { Name = FlowerModel.OutputName, Datatype = V2Model.Float, Shape = { -1, FlowerClassifier.ClassNames.Count } } },
        });
    }

    /// <summary>The values of the only input, raw or typed; none if they are written in both ways or for more inputs.</summary>
    private static float[] Values(ModelInferRequest request)
    {
        var typed = request.Inputs.Count == 1 ? request.Inputs[0].Contents : null;
        if (request.RawInputContents.Count == 0) return [.. typed?.Fp32Contents ?? []];
        return typed is null && request.RawInputContents is [var raw] ? LittleEndian.ReadSingles(raw.Span) : [];
    }
}
