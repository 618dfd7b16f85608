using System.Globalization;
using System.Text;
using System.Text.Json;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// Seldon's own protocol, at a model container or at the front door of a SeldonDeployment.
/// Source: https://docs.seldon.io/projects/seldon-core/en/v1/graph/protocols.html and proto/prediction.proto of Seldon Core 1.17.
/// </summary>
internal static class SeldonProtocol
{
    /// <summary>What a combiner is asked with.</summary>
    public const string ListType = "seldon.protos.SeldonMessageList";

    /// <summary>Status.StatusFlag FAILURE.</summary>
    public const int Failure = 1;

    /// <summary>
    /// What the nodes of a graph are asked over gRPC. An answer that is a whole SeldonMessage can be the message of any other node.
    /// </summary>
    private static readonly (NodeMethods Asked, GrpcMethod Method)[] NodeCalls =
    [
        (NodeMethods.Predict, Call("/seldon.protos.Model/Predict")),
        (NodeMethods.TransformInput, Call("/seldon.protos.Transformer/TransformInput")),
        (NodeMethods.TransformOutput, Call("/seldon.protos.OutputTransformer/TransformOutput")),
        (NodeMethods.Route, Call("/seldon.protos.Router/Route")),
        (NodeMethods.Aggregate, Call("/seldon.protos.Combiner/Aggregate", ListType, SeldonMessages.CheckList)),
    ];

    /// <summary>As the Python wrapper serves a model.</summary>
    public static Protocol Model { get; } = At("/predict", "/health/status", "/seldon.protos.Model/Predict", "/seldon.protos.Model/Metadata");

    /// <summary>As Seldon's executor serves a graph.</summary>
    public static Protocol FrontDoor { get; } = At(
        "/api/v1.0/predictions", ProtocolTable.FrontDoorReadyPath, "/seldon.protos.Seldon/Predict", "/seldon.protos.Seldon/GraphMetadata");

    /// <summary>Whose fault a FAILURE in a body is: by its own code, which is an HTTP status or Seldon's -1, and its reason.</summary>
    public static BodyFailure ToFailure(long code, ReadOnlySpan<byte> reason)
    {
        var fault = reason.SequenceEqual("MICROSERVICE_BAD_DATA"u8) ? Fault.Record
            : code is >= 400 and < 600 ? FaultTable.OfHttp((int)code)
            : Fault.Ambiguous;
        return new BodyFailure(fault, string.Create(CultureInfo.InvariantCulture, $"FAILURE {code}"));
    }

    private static Protocol At(string restPath, string restReadyPath, string grpcPath, string grpcReadyPath) => new()
    {
        Name = "seldon",
        HasModelName = false,
        IsVersion = _ => false,
        RestMethods = [new("predict", _ => restPath)],
        RestReadyPath = _ => restReadyPath,
        MayLackReadyPath = true,
        // The Python wrapper before 1.7, where the model's class does not define its health.
        LacksReadiness = words => words.Contains("health_status not defined", StringComparison.Ordinal) || words.Contains("health is not implemented", StringComparison.Ordinal),
        HasJsonAnswersOnly = false,
        FailureInJson = FailureInJson,
        JsonRows = SeldonJson.Rows,
        Methods = [Call(grpcPath)],
        NodePath = NodePath,
        WithRouting = SeldonRouting.Add,
        HasSimpleModel = true,
        MethodsOfNode = asked => [.. NodeCalls.Where(c => c.Asked == asked).Select(c => c.Method)],
        RefusedTypes =
        [
            "seldon.protos.Feedback", ListType, "seldon.protos.SeldonModelMetadataRequest", "google.protobuf.Empty",
        ],
        GrpcReadyPath = grpcReadyPath,
        // google.protobuf.Empty
        GrpcReadyRequest = _ => [],
        IsGrpcReadyCallOnlyForPresence = true,
        PresenceQuestion = _ => new ServerQuestion(restReadyPath, grpcReadyPath, []),
        // An error of the Python wrapper is in its own words.
        ShowsPresence = answer => answer.IsOk || answer.Body.AsSpan().IndexOf("\"MICROSERVICE_"u8) >= 0,
    };

    private static GrpcMethod Call(string path, string type = "seldon.protos.SeldonMessage", Func<byte[], ModelSelector, RequestCheck>? check = null) => new()
    {
        RequestType = Encoding.ASCII.GetBytes(type),
        Path = path,
        ResponseType = "seldon.protos.SeldonMessage"u8.ToArray(),
        Check = check ?? SeldonMessages.CheckPredict,
        CheckChained = _ => new(null),
        Rows = check is null ? SeldonRows.Predict : null,
        Response = SeldonShapes.Message,
        MayAnswerNothing = true,
        FailureIn = SeldonMessages.FailureIn,
    };

    private static string NodePath(ModelSelector model, NodeMethods asked) => asked switch
    {
        NodeMethods.TransformInput => "/transform-input",
        NodeMethods.TransformOutput => "/transform-output",
        NodeMethods.Route => "/route",
        NodeMethods.Aggregate => "/aggregate",
        _ => "/predict",
    };

    /// <summary><c>{"status":{"code":500,"info":…,"reason":…,"status":"FAILURE"},…}</c>; the Python wrapper writes 1 for FAILURE.</summary>
    private static BodyFailure? FailureInJson(byte[] body)
    {
        if (body.AsSpan().IndexOf("\"status\""u8) < 0) return null;
        try
        {
            var json = new Utf8JsonReader(JsonText.WithoutMark(body), new JsonReaderOptions { MaxDepth = 1000 });
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isStatus = json.ValueTextEquals("status"u8);
                json.Read();
                if (isStatus && json.TokenType == JsonTokenType.StartObject) return ReadStatus(ref json);
                json.Skip();
            }
            return null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            // Not JSON in the strict sense (Python writes NaN): nothing can be said of its status.
            return null;
        }
    }

    private static BodyFailure? ReadStatus(ref Utf8JsonReader json)
    {
        var (code, hasFailed, isBadData) = (0L, false, false);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("code"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number)) code = number;
            }
            else if (json.ValueTextEquals("status"u8))
            {
                json.Read();
                hasFailed = json.TokenType == JsonTokenType.String
                    ? json.ValueTextEquals("FAILURE"u8)
                    : json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var flag) && flag == Failure;
            }
            else if (json.ValueTextEquals("reason"u8))
            {
                json.Read();
                isBadData = json.TokenType == JsonTokenType.String && json.ValueTextEquals("MICROSERVICE_BAD_DATA"u8);
            }
            else
            {
                json.Read();
            }
            json.Skip();
        }
        return hasFailed ? ToFailure(code, isBadData ? "MICROSERVICE_BAD_DATA"u8 : default) : null;
    }
}
