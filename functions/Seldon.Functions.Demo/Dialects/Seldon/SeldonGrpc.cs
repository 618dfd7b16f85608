using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.Seldon;

/// <summary>The model by Seldon's gRPC interface: <c>Model/Predict</c> and <c>Metadata</c> as a model's container has them, <c>Seldon/Predict</c> and <c>GraphMetadata</c> as the front door does.</summary>
/// <remarks>
/// What is wrong with a request is INVALID_ARGUMENT. Seldon's wrapper of Python models says UNKNOWN for that and for its own
/// failures alike, so a caller has to ask three times; that the demo has no use for.
/// </remarks>
internal sealed class SeldonGrpc(FlowerModel model) : IServiceMethodProvider<SeldonGrpc>
{
    private static readonly Method<SeldonMessage, SeldonMessage> ContainerMethod = MethodOf("seldon.protos.Model");
    private static readonly Method<SeldonMessage, SeldonMessage> FrontDoorMethod = MethodOf("seldon.protos.Seldon");

    private static readonly Method<Empty, Empty> ContainerMetadataMethod = GrpcMessage.Method("seldon.protos.Model", nameof(Metadata), Empty.Parser, Empty.Parser);
    private static readonly Method<Empty, Empty> GraphMetadataMethod = GrpcMessage.Method("seldon.protos.Seldon", "GraphMetadata", Empty.Parser, Empty.Parser);

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<SeldonGrpc> context)
    {
        context.AddUnaryMethod(ContainerMethod, [], static (calls, request, call) => calls.Predict(request, call));
        context.AddUnaryMethod(FrontDoorMethod, [], static (calls, request, call) => calls.Predict(request, call));
        context.AddUnaryMethod(ContainerMetadataMethod, [], static (_, request, _) => Metadata(request));
        context.AddUnaryMethod(GraphMetadataMethod, [], static (_, request, _) => Metadata(request));
    }

    private async Task<SeldonMessage> Predict(SeldonMessage request, ServerCallContext context)
    {
        if (SeldonData.ReadFeatures(request, out var problem) is not { } features) throw Refusal.Invalid(problem!).ToException();
        return SeldonData.Answer(request, await model.PredictAsync(features, context.CancellationToken).ConfigureAwait(false));
    }

    /// <summary>Nothing is known of it, which is a message without any field.</summary>
    private static Task<Empty> Metadata(Empty request) => Task.FromResult(request);

    private static Method<SeldonMessage, SeldonMessage> MethodOf(string service) =>
        GrpcMessage.Method(service, nameof(Predict), SeldonMessage.Parser, SeldonMessage.Parser);
}
