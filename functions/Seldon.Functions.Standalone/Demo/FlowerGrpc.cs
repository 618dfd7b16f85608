using Google.Protobuf;
using Grpc.Core;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>The model over gRPC: <c>PredictionService/Predict</c> and <c>ModelService/GetModelStatus</c>, with TensorFlow Serving's codes.</summary>
[BindServiceMethod(typeof(FlowerGrpc), nameof(Bind))]
internal class FlowerGrpc(FlowerModel model)
{
    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const int Available = 30;

    private static readonly Method<PredictRequest, PredictResponse> PredictMethod = new(
        MethodType.Unary, "tensorflow.serving.PredictionService", nameof(Predict), MarshallerOf(PredictRequest.Parser), MarshallerOf(PredictResponse.Parser));

    private static readonly Method<GetModelStatusRequest, GetModelStatusResponse> StatusMethod = new(
        MethodType.Unary, "tensorflow.serving.ModelService", nameof(GetModelStatus),
        MarshallerOf(GetModelStatusRequest.Parser), MarshallerOf(GetModelStatusResponse.Parser));

    /// <summary>Tells the server the methods. It asks twice: once for the paths, without an instance, and once for the code.</summary>
    public static void Bind(ServiceBinderBase binder, FlowerGrpc? calls)
    {
        binder.AddMethod(PredictMethod, calls is null ? null : calls.Predict);
        binder.AddMethod(StatusMethod, calls is null ? null : calls.GetModelStatus);
    }

    public virtual async Task<PredictResponse> Predict(PredictRequest request, ServerCallContext context)
    {
        if (Find(request.ModelSpec) is { } unknown) throw Failure(unknown);
        if (request.Inputs.Count != 1 || !request.Inputs.TryGetValue(FlowerModel.InputName, out var input))
            throw Failure(new(StatusCode.InvalidArgument, $"input size does not match signature: the only input is {FlowerModel.InputName}"));
        if (FlowerTensor.ReadFeatures(input, out var refusal) is not { } features) throw Failure(refusal!);

        var scores = await model.PredictAsync(features, context.CancellationToken);
        return new PredictResponse
        {
            ModelSpec = new ModelSpec { Name = FlowerModel.Name, Version = FlowerModel.Version, SignatureName = FlowerModel.Signature },
            Outputs = { [FlowerModel.OutputName] = FlowerTensor.Of(scores, FlowerClassifier.ClassNames.Count) },
        };
    }

    public virtual Task<GetModelStatusResponse> GetModelStatus(GetModelStatusRequest request, ServerCallContext context)
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
