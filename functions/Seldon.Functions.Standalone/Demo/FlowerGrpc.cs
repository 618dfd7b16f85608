using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>The model over gRPC: <c>PredictionService/Predict</c> and <c>ModelService/GetModelStatus</c>, with TensorFlow Serving's codes.</summary>
internal sealed class FlowerGrpc(FlowerModel model) : IServiceMethodProvider<FlowerGrpc>
{
    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const int Available = 30;

    private static readonly Method<PredictRequest, PredictResponse> PredictMethod = new(
        MethodType.Unary, "tensorflow.serving.PredictionService", nameof(Predict), MarshallerOf(PredictRequest.Parser), MarshallerOf(PredictResponse.Parser));

    private static readonly Method<GetModelStatusRequest, GetModelStatusResponse> StatusMethod = new(
        MethodType.Unary, "tensorflow.serving.ModelService", nameof(GetModelStatus),
        MarshallerOf(GetModelStatusRequest.Parser), MarshallerOf(GetModelStatusResponse.Parser));

    /// <summary>Tells the server the two methods; generated code would do it for methods of generated services.</summary>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<FlowerGrpc> context)
    {
        context.AddUnaryMethod(PredictMethod, [], static (calls, request, call) => calls.Predict(request, call));
        context.AddUnaryMethod(StatusMethod, [], static (_, request, _) => GetModelStatus(request));
    }

    private async Task<PredictResponse> Predict(PredictRequest request, ServerCallContext context)
    {
        if (Find(request.ModelSpec) is { } unknown) throw Failure(unknown);
        if (request.Inputs.Count != 1 || !request.Inputs.TryGetValue(FlowerModel.InputName, out var input))
            throw Failure(new(StatusCode.InvalidArgument, $"input size does not match signature: the only input is {FlowerModel.InputName}"));
        if (FlowerTensor.ReadFeatures(input, out var problem) is not { } features) throw Failure(new(StatusCode.InvalidArgument, problem!));

        var scores = await model.PredictAsync(features, context.CancellationToken).ConfigureAwait(false);
        return new PredictResponse
        {
            ModelSpec = new ModelSpec { Name = FlowerModel.Name, Version = FlowerModel.Version, SignatureName = FlowerModel.Signature },
            Outputs = { [FlowerModel.OutputName] = FlowerTensor.Of(scores, FlowerClassifier.ClassNames.Count) },
        };
    }

    private static Task<GetModelStatusResponse> GetModelStatus(GetModelStatusRequest request)
    {
        if (Find(request.ModelSpec) is { } unknown) throw Failure(unknown);
        return Task.FromResult(new GetModelStatusResponse
        {
            ModelVersionStatus = { new ModelVersionStatus { Version = FlowerModel.Version, State = Available } },
        });
    }

    private static Refusal? Find(ModelSpec? spec)
    {
        if (spec is null) return new(StatusCode.InvalidArgument, "Missing ModelSpec");
        var label = spec.VersionChoiceCase == ModelSpec.VersionChoiceOneofCase.VersionLabel ? spec.VersionLabel : null;
        return FlowerModel.Find(spec.Name, spec.Version, label, spec.SignatureName);
    }

    private static RpcException Failure(Refusal refusal) => new(new Status(refusal.Status, refusal.Message));

    private static Marshaller<T> MarshallerOf<T>(MessageParser<T> parser) where T : IMessage<T> => Marshallers.Create(
        static (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context =>
        {
            try
            {
                return parser.ParseFrom(context.PayloadAsReadOnlySequence());
            }
            catch (InvalidProtocolBufferException malformed)
            {
                throw Failure(new(StatusCode.Internal, malformed.Message));
            }
        });
}
