using System.Globalization;
using System.Text;
using System.Text.Json;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>
/// TensorFlow Serving: REST <c>:predict</c>, <c>:classify</c>, <c>:regress</c>; gRPC <c>PredictionService</c> and <c>GetModelStatus</c>.
/// Source: https://www.tensorflow.org/tfx/serving/api_rest and tensorflow_serving/apis/*.proto.
/// </summary>
internal static class TensorFlowProtocol
{
    private const string ModelStatus = "/tensorflow.serving.ModelService/GetModelStatus";

    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const ulong Available = 30;

    private static readonly GrpcMethod[] All =
    [
        Inference("Predict", "PredictRequest", "PredictResponse", TensorFlowRequests.CheckPredict, TensorFlowShapes.PredictResponse,
            readdress: TensorFlowRequests.Readdress, checkChained: TensorFlowRequests.CheckChained, rows: TensorFlowRows.Predict),
        Inference("Classify", "ClassificationRequest", "ClassificationResponse", TensorFlowRequests.CheckClassification, TensorFlowShapes.ClassificationResponse,
            readdress: TensorFlowRequests.Readdress, rows: TensorFlowRows.Examples),
        Inference("Regress", "RegressionRequest", "RegressionResponse", TensorFlowRequests.CheckRegression, TensorFlowShapes.RegressionResponse,
            readdress: TensorFlowRequests.Readdress, rows: TensorFlowRows.Examples),
        Inference("MultiInference", "MultiInferenceRequest", "MultiInferenceResponse", TensorFlowRequests.CheckMultiInference, TensorFlowShapes.MultiInferenceResponse),
        Inference("GetModelMetadata", "GetModelMetadataRequest", "GetModelMetadataResponse", TensorFlowRequests.CheckModelMetadata, TensorFlowShapes.GetModelMetadataResponse),
        new GrpcMethod
        {
            RequestType = Type("GetModelStatusRequest"),
            Path = ModelStatus,
            ResponseType = Type("GetModelStatusResponse"),
            Check = TensorFlowRequests.CheckModelStatus,
            Response = TensorFlowShapes.GetModelStatusResponse,
        },
        // The answer of one model as the request of the next, as Seldon chains them.
        Inference("Predict", "PredictResponse", "PredictResponse", (answer, _) => TensorFlowRequests.CheckChained(answer), TensorFlowShapes.PredictResponse,
            toRequest: TensorFlowRequests.Chain, checkChained: TensorFlowRequests.CheckChained, rows: TensorFlowRows.Predict),
    ];

    public static Protocol Protocol { get; } = new()
    {
        Name = "tensorflow",
        IsVersion = version => version.All(char.IsAsciiDigit) && long.TryParse(version, CultureInfo.InvariantCulture, out _),
        HasLabels = true,
        RestMethods =
        [
            new("predict", model => $"{ModelPath(model)}:predict"),
            new("classify", model => $"{ModelPath(model)}:classify"),
            new("regress", model => $"{ModelPath(model)}:regress"),
        ],
        RestReadyPath = ModelPath,
        IsReadyBody = IsReadyBody,
        JsonRows = TensorFlowJson.Rows,
        Methods = All,
        NotSpokenBy = ["SKLEARN_SERVER", "XGBOOST_SERVER", "MLFLOW_SERVER"],
        NodePath = NodePath,
        Chain = new JsonChain(("predictions", "instances"), ("outputs", "inputs")),
        MethodsOfNode = asked => asked is NodeMethods.Route or NodeMethods.Aggregate ? [] : All,
        RefusedTypes = ["tensorflow.serving.ReloadConfigRequest", "tensorflow.serving.SessionRunRequest"],
        GrpcReadyPath = ModelStatus,
        GrpcReadyRequest = ModelStatusRequest,
        IsReadyMessage = IsReadyMessage,
        PresenceQuestion = model => new ServerQuestion(ModelPath(model), ModelStatus, ModelStatusRequest(model)),
        ShowsPresence = ShowsPresence,
        MetadataQuestion = model => TensorFlowMetadata.Question(ModelPath(model), model),
        ReadMetadata = TensorFlowMetadata.Read,
    };

    private static GrpcMethod Inference(
        string method, string request, string response, Func<byte[], ModelSelector, RequestCheck> check, MessageShape shape,
        Func<byte[], ModelSelector, byte[]>? toRequest = null, Func<byte[], string, byte[]>? readdress = null, Func<byte[], RequestCheck>? checkChained = null,
        RowFormat? rows = null) => new()
        {
            RequestType = Type(request),
            Path = $"/tensorflow.serving.PredictionService/{method}",
            ResponseType = Type(response),
            Check = check,
            ToRequest = toRequest,
            Readdress = readdress,
            CheckChained = checkChained,
            Rows = rows,
            Response = shape,
        };

    private static byte[] Type(string name) => Encoding.ASCII.GetBytes($"tensorflow.serving.{name}");

    /// <summary>GetModelStatusRequest { 1 model_spec }</summary>
    private static byte[] ModelStatusRequest(ModelSelector model) => new WireWriter().Bytes(1, TensorFlowRequests.ModelSpec(model)).ToArray();

    /// <summary>The model's status, or that there is no such model: in JSON <c>{"error":…}</c>, where servers of other protocols say it otherwise.</summary>
    private static bool ShowsPresence(ServerAnswer answer)
    {
        if (answer.IsGrpc) return answer.Status is "OK" or "NOT_FOUND" or "INVALID_ARGUMENT" or "FAILED_PRECONDITION";
        var body = answer.Body.AsSpan();
        return answer.IsOk
            ? body.IndexOf("\"model_version_status\""u8) >= 0 || body.IndexOf("\"ready\""u8) >= 0
            : answer.Status == "404" && JsonText.Starts(answer.Body, "{"u8) && body.IndexOf("\"error\""u8) >= 0;
    }

    /// <summary><c>/v1/models/NAME[/versions/N|/labels/LABEL]</c></summary>
    private static string ModelPath(ModelSelector model)
    {
        var path = $"/v1/models/{Uri.EscapeDataString(model.Name)}";
        if (model.Version is { } version) return $"{path}/versions/{version}";
        return model.Label is { } label ? $"{path}/labels/{Uri.EscapeDataString(label)}" : path;
    }

    private static string NodePath(ModelSelector model, NodeMethods asked) => asked switch
    {
        NodeMethods.Route => $"{ModelPath(model)}:route",
        NodeMethods.Aggregate => $"{ModelPath(model)}:aggregate",
        _ => $"{ModelPath(model)}:predict",
    };

    /// <summary>
    /// <c>{"model_version_status":[{"version":"1","state":"AVAILABLE",…}]}</c>; servers that speak only the predict half of the
    /// protocol answer <c>{"name":…,"ready":true}</c>, or something with neither.
    /// </summary>
    private static bool IsReadyBody(byte[] body)
    {
        var (states, available, refused) = (0, 0, false);
        try
        {
            var json = new Utf8JsonReader(JsonText.WithoutMark(body));
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                if (json.ValueTextEquals("state"u8) && json.Read())
                {
                    states++;
                    if (json.TokenType == JsonTokenType.String && json.ValueTextEquals("AVAILABLE"u8)) available++;
                }
                else if (json.ValueTextEquals("ready"u8) && json.Read())
                {
                    refused |= json.TokenType == JsonTokenType.False;
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second is what comparing a name with half a surrogate pair ends in.
            return false;
        }
        return !refused && (states == 0 || available > 0);
    }

    /// <summary>GetModelStatusResponse { 1 repeated ModelVersionStatus { 1 version, 2 state, 3 status } }: any version available.</summary>
    private static bool IsReadyMessage(byte[] message)
    {
        var response = new WireReader(message);
        while (response.TryReadField(out var field, out var bytes))
        {
            if (field != 1) continue;
            var version = new WireReader(bytes);
            while (version.TryReadTag(out field, out var wireType))
            {
                if (field == 2 && wireType == WireReader.Varint)
                {
                    if (!version.TryReadVarint(out var state)) return false;
                    if (state == Available) return true;
                }
                else if (!version.TrySkip(wireType))
                {
                    return false;
                }
            }
        }
        return false;
    }
}
