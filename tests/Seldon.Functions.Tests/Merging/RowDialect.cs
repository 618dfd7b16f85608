using System.Globalization;
using System.Text;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.OpenInference;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>A body and, if binary tensors follow its JSON, the length of that.</summary>
internal sealed record RowValue(byte[] Body, int JsonLength = 0)
{
    public static RowValue Text(string json) => new(Encoding.UTF8.GetBytes(json));

    public override string ToString() => $"{Encoding.UTF8.GetString(Body)} ({JsonLength})";
}

/// <summary>A way to write requests with rows, and a model that computes each row for itself.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Transport">The transport.</param>
/// <param name="Format">How requests are merged.</param>
/// <param name="Request">Makes a request of a family: a few families, whose members may be merged.</param>
/// <param name="Model">The answer to a request, or null where the model refuses it.</param>
internal sealed record RowDialect(string Protocol, Transport Transport, RowFormat Format, Func<Random, int, RowValue> Request, Func<RowValue, RowValue?> Model)
{
    /// <summary>The header <c>proto-name</c> of requests; null for REST.</summary>
    public string? Type { get; init; }

    /// <summary>Parses an answer, to compare what two say; null to compare bytes.</summary>
    public MessageParser? Parser { get; init; }

    /// <summary>Where a request may have another REST method.</summary>
    public string? Method { get; init; }

    public static IReadOnlyDictionary<string, RowDialect> All { get; } = new Dictionary<string, RowDialect>
    {
        ["tensorflow REST rows"] = new("tensorflow", Transport.Rest, TensorFlowJson.Rows, JsonModels.Instances, JsonModels.TensorFlow),
        ["tensorflow REST columns"] = new("tensorflow", Transport.Rest, TensorFlowJson.Rows, JsonModels.Columns, JsonModels.TensorFlow),
        ["tensorflow REST examples"] = new("tensorflow", Transport.Rest, TensorFlowJson.Rows, JsonModels.Examples, JsonModels.TensorFlow) { Method = "classify" },
        ["v2 REST"] = new("v2", Transport.Rest, OpenInferenceJson.Rows, (random, family) => JsonModels.Infer(random, family, isBinary: false), JsonModels.V2),
        ["v2 REST binary"] = new("v2", Transport.Rest, OpenInferenceJson.Rows, (random, family) => JsonModels.Infer(random, family, isBinary: true), JsonModels.V2),
        ["seldon REST"] = new("seldon", Transport.Rest, SeldonJson.Rows, JsonModels.SeldonData, JsonModels.Seldon),
        ["tensorflow gRPC Predict"] = new("tensorflow", Transport.Grpc, TensorFlowRows.Predict, MessageModels.PredictOf, MessageModels.Predict)
        {
            Type = "tensorflow.serving.PredictRequest",
            Parser = PredictResponse.Parser,
        },
        ["tensorflow gRPC Classify"] = new("tensorflow", Transport.Grpc, TensorFlowRows.Examples, MessageModels.ClassificationOf, MessageModels.Classify)
        {
            Type = "tensorflow.serving.ClassificationRequest",
            Parser = ClassificationResponse.Parser,
        },
        ["tensorflow gRPC Regress"] = new("tensorflow", Transport.Grpc, TensorFlowRows.Examples, MessageModels.RegressionOf, MessageModels.Regress)
        {
            Type = "tensorflow.serving.RegressionRequest",
            Parser = RegressionResponse.Parser,
        },
        ["v2 gRPC typed"] = new("v2", Transport.Grpc, OpenInferenceRows.Infer, (random, family) => MessageModels.InferOf(random, family, isRaw: false), MessageModels.Infer)
        {
            Type = "inference.ModelInferRequest",
            Parser = ModelInferResponse.Parser,
        },
        ["v2 gRPC raw"] = new("v2", Transport.Grpc, OpenInferenceRows.Infer, (random, family) => MessageModels.InferOf(random, family, isRaw: true), MessageModels.Infer)
        {
            Type = "inference.ModelInferRequest",
            Parser = ModelInferResponse.Parser,
        },
        ["seldon gRPC"] = new("seldon", Transport.Grpc, SeldonRows.Predict, MessageModels.SeldonOf, MessageModels.Seldon)
        {
            Type = "seldon.protos.SeldonMessage",
            Parser = SeldonMessage.Parser,
        },
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>A record with this request.</summary>
    public Record ToRecord(RowValue value, long offset, params Header[] headers) => TestRecords.Of(value.Body, offset,
    [
        .. Type is null ? Array.Empty<Header>() : [TestRecords.Header("proto-name", Type)],
        .. Method is null ? Array.Empty<Header>() : [TestRecords.Header("seldon-method", Method)],
        .. value.JsonLength == 0 ? Array.Empty<Header>() : [TestRecords.Header("inference-header-content-length", value.JsonLength.ToString(CultureInfo.InvariantCulture))],
        .. headers,
    ]);

    /// <summary>What the request as the model sees it says, that came in such a call.</summary>
    public static RowValue ValueOf(Call call) =>
        new(call.Body, call.Headers.TryGetValue("inference-header-content-length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0);

    /// <summary>Whether two answers say the same.</summary>
    public bool AreEqual(RowValue? a, RowValue? b) => (a, b) switch
    {
        ({ } x, { } y) when Parser is not null => Parser.ParseFrom(x.Body).Equals(Parser.ParseFrom(y.Body)),
        ({ } x, { } y) => x.JsonLength == y.JsonLength && x.Body.AsSpan().SequenceEqual(y.Body),
        _ => a is null && b is null,
    };

    /// <summary>The reaction of a server with this model.</summary>
    public Reaction Answer(Call call)
    {
        if (Model(ValueOf(call)) is not { } answer) return Reactions.Refuse;
        if (call.IsGrpc) return Reactions.Frame(answer.Body);
        return answer.JsonLength == 0
            ? Reactions.Http(200, answer.Body, "application/json")
            : Reactions.Http(200, answer.Body, "application/octet-stream", ("Inference-Header-Content-Length", answer.JsonLength.ToString(CultureInfo.InvariantCulture)));
    }
}
