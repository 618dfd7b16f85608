using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// V2, the Open Inference Protocol: REST <c>/infer</c> and gRPC <c>GRPCInferenceService/ModelInfer</c>. Bodies with binary tensors
/// (the header <c>Inference-Header-Content-Length</c>) are forwarded as they are.
/// Source: https://github.com/kserve/open-inference-protocol/tree/main/specification/protocol
/// </summary>
internal static class OpenInferenceProtocol
{
    public const string Service = "/inference.GRPCInferenceService/";

    // InferParameter { oneof 1 bool, 2 int64, 3 string, 4 double, 5 uint64 }
    private static readonly MessageShape Parameter = new(
        new Field(1, FieldKind.Varint),
        new Field(2, FieldKind.Varint),
        new Field(3, FieldKind.Text),
        new Field(4, FieldKind.Fixed64),
        new Field(5, FieldKind.Varint));

    // InferTensorContents { repeated 1 bool, 2 int32, 3 int64, 4 uint32, 5 uint64, 6 fp32, 7 fp64, 8 bytes }
    private static readonly MessageShape Contents = new(
        new Field(1, FieldKind.Varints),
        new Field(2, FieldKind.Varints),
        new Field(3, FieldKind.Varints),
        new Field(4, FieldKind.Varints),
        new Field(5, FieldKind.Varints),
        new Field(6, FieldKind.Fixed32s),
        new Field(7, FieldKind.Fixed64s),
        new Field(8, FieldKind.Bytes));

    // InferInputTensor and InferOutputTensor { 1 name, 2 datatype, 3 repeated shape, 4 map parameters, 5 contents }
    private static readonly MessageShape Tensor = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Text),
        new Field(3, FieldKind.Varints),
        MessageShape.Map(4, FieldKind.Message, Parameter),
        new Field(5, FieldKind.Message, Contents));

    // ModelInferRequest { 1 model_name, 2 model_version, 3 id, 4 map parameters, 5 repeated inputs,
    //                     6 repeated outputs { 1 name, 2 map parameters }, 7 repeated raw_input_contents }
    public static readonly MessageShape InferRequest = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Text),
        new Field(3, FieldKind.Text),
        MessageShape.Map(4, FieldKind.Message, Parameter),
        new Field(5, FieldKind.Message, Tensor),
        new Field(6, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Text), MessageShape.Map(2, FieldKind.Message, Parameter))),
        new Field(7, FieldKind.Bytes));

    // ModelInferResponse { 1 model_name, 2 model_version, 3 id, 4 map parameters, 5 repeated outputs, 6 repeated raw_output_contents }
    public static readonly MessageShape InferResponse = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Text),
        new Field(3, FieldKind.Text),
        MessageShape.Map(4, FieldKind.Message, Parameter),
        new Field(5, FieldKind.Message, Tensor),
        new Field(6, FieldKind.Bytes));

    private static readonly GrpcMethod Infer = new()
    {
        RequestType = "inference.ModelInferRequest"u8.ToArray(),
        Path = $"{Service}ModelInfer",
        ResponseType = "inference.ModelInferResponse"u8.ToArray(),
        Check = OpenInferenceRequests.CheckInfer,
        Readdress = OpenInferenceRequests.Readdress,
        CheckChained = OpenInferenceRequests.CheckChained,
        Rows = OpenInferenceRows.Infer,
        Response = InferResponse,
    };

    /// <summary>The answer of one node as the request of the next.</summary>
    private static readonly GrpcMethod InferChained = new()
    {
        RequestType = Infer.ResponseType,
        Path = Infer.Path,
        ResponseType = Infer.ResponseType,
        Check = (answer, _) => OpenInferenceRequests.CheckChained(answer),
        ToRequest = OpenInferenceRequests.Chain,
        CheckChained = OpenInferenceRequests.CheckChained,
        Rows = OpenInferenceRows.Infer,
        Response = InferResponse,
    };

    public static Protocol Protocol { get; } = new()
    {
        Name = "v2",
        RestMethods = [new("infer", model => $"{ModelPath(model)}/infer")],
        RestReadyPath = model => $"{ModelPath(model)}/ready",
        // Triton's words for a full queue, and for a wait in it that was too long. Until 2024 all its failures were 400.
        SaysBusy = words => words.Contains("Exceeds maximum queue size", StringComparison.Ordinal) || words.Contains("Request timeout expired", StringComparison.Ordinal),
        JsonRows = OpenInferenceJson.Rows,
        Methods = [Infer],
        NodePath = NodePath,
        Chain = new JsonChain(("outputs", "inputs")),
        MethodsOfNode = asked => asked is NodeMethods.Route or NodeMethods.Aggregate ? [] : [Infer, InferChained],
        RefusedTypes =
        [
            "inference.ServerLiveRequest", "inference.ServerReadyRequest", "inference.ModelReadyRequest",
            "inference.ServerMetadataRequest", "inference.ModelMetadataRequest",
            "inference.RepositoryIndexRequest", "inference.RepositoryModelLoadRequest", "inference.RepositoryModelUnloadRequest",
        ],
        GrpcReadyPath = $"{Service}ModelReady",
        GrpcReadyRequest = NameAndVersion,
        IsReadyMessage = IsReadyMessage,
        // ServerLiveRequest {}
        PresenceQuestion = _ => new ServerQuestion("/v2/health/live", $"{Service}ServerLive", []),
        MetadataQuestion = model => OpenInferenceMetadata.Question(ModelPath(model), NameAndVersion(model)),
        ReadMetadata = OpenInferenceMetadata.Read,
    };

    /// <summary>ModelReadyRequest and ModelMetadataRequest { 1 name, 2 version }</summary>
    private static byte[] NameAndVersion(ModelSelector model) => model.Version is { } version
        ? new WireWriter().Text(1, model.Name).Text(2, version).ToArray()
        : new WireWriter().Text(1, model.Name).ToArray();

    /// <summary><c>/v2/models/NAME[/versions/V]</c></summary>
    private static string ModelPath(ModelSelector model) => model.Version is { } version
        ? $"/v2/models/{Uri.EscapeDataString(model.Name)}/versions/{Uri.EscapeDataString(version)}"
        : $"/v2/models/{Uri.EscapeDataString(model.Name)}";

    private static string NodePath(ModelSelector model, NodeMethods asked) => asked switch
    {
        NodeMethods.Route => $"{ModelPath(model)}/route",
        NodeMethods.Aggregate => $"{ModelPath(model)}/aggregate",
        _ => $"{ModelPath(model)}/infer",
    };

    /// <summary>ModelReadyResponse { 1 ready }</summary>
    private static bool IsReadyMessage(byte[] message)
    {
        var reader = new WireReader(message);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1 && wireType == WireReader.Varint) return reader.TryReadVarint(out var ready) && ready != 0;
            if (!reader.TrySkip(wireType)) return false;
        }
        return false;
    }
}
