using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Dialects.Seldon;

/// <summary>Requests by Seldon's own protocol, as lists of rows and as tensors.</summary>
internal static class SeldonDialect
{
    private const string Name = "seldon";

    private static readonly Header RequestType = Dialect.MessageType("seldon.protos.SeldonMessage");

    public static Dialect Rest { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Rest,
        Requests = [JsonRows, JsonTensor],
        BadRecords = [BadRecord.JsonArray, BadRecord.ThreeFeatures(JsonRows), BadRecord.EmptyJson, BadRecord.ThreeFeatures(JsonTensor)],
    };

    public static Dialect Grpc { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Grpc,
        Requests = [Rows, Tensor],
        BadRecords =
        [
            // A request, but of another protocol.
            BadRecord.NamedWrongly(Rows, "tensorflow.serving.PredictRequest"),
            BadRecord.ThreeFeatures(Tensor), BadRecord.Truncated(Tensor), BadRecord.Tombstone(RequestType), BadRecord.ThreeFeatures(Rows),
        ],
    };

    private static (byte[] Value, Header Type) JsonRows(float[] features) => Dialect.Json("""{"data":{"ndarray":[[$]]}}""", features);

    private static (byte[] Value, Header Type) JsonTensor(float[] features) =>
        Dialect.Json($$$$"""{"data":{"tensor":{"shape":[1,{{{{features.Length}}}}],"values":[$]}}}""", features);

    private static (byte[] Value, Header Type) Rows(float[] features) => Message(new DefaultData { Ndarray = SeldonData.RowsOf(features, features.Length) });

    private static (byte[] Value, Header Type) Tensor(float[] features) => Message(new DefaultData { Tensor = SeldonData.TensorOf(features, features.Length) });

    private static (byte[] Value, Header Type) Message(DefaultData data) => (new SeldonMessage { Data = data }.ToByteArray(), RequestType);
}
