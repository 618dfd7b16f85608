using System.Globalization;
using System.Text;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>One way in which a record of the demo is bad.</summary>
/// <param name="Reason">The reason with which it is to become a dead letter.</param>
/// <param name="Make">The value, which may be null, and the header with its type.</param>
internal sealed record BadRecord(RejectionReason Reason, Func<Flower, (byte[]? Value, Header Type)> Make)
{
    private static readonly BadRecord JsonArray = new(RejectionReason.InvalidJson, flower =>
        (Encoding.UTF8.GetBytes($"[{flower.PetalLength.ToString(CultureInfo.InvariantCulture)}]"), FlowerRequest.JsonType));

    private static readonly BadRecord ThreeFeaturesInJson = new(RejectionReason.RefusedByModel, flower => FlowerRequest.Rest(flower.ToFeatures()[..3]));

    private static readonly BadRecord EmptyJson = new(RejectionReason.EmptyValue, _ => ([], FlowerRequest.JsonType));

    private static readonly BadRecord UnknownProtoName = new(RejectionReason.UnknownProtoName, flower =>
        (FlowerRequest.Grpc(flower.ToFeatures()).Value, new Header(HeaderNames.ProtoName, "tensorflow.serving.PredictQuestion"u8.ToArray())));

    private static readonly BadRecord TruncatedMessage = new(RejectionReason.InvalidProtobuf, flower =>
        (FlowerRequest.Grpc(flower.ToFeatures()).Value[..^5], FlowerRequest.MessageType));

    private static readonly BadRecord ThreeFeaturesInMessage = new(RejectionReason.RefusedByModel, flower => FlowerRequest.Grpc(flower.ToFeatures()[..3]));

    private static readonly BadRecord OtherModel = new(RejectionReason.UnknownModel, flower => FlowerRequest.Grpc(flower.ToFeatures(), "trees"));

    private static readonly BadRecord Tombstone = new(RejectionReason.EmptyValue, _ => (null, FlowerRequest.MessageType));

    /// <summary>The kinds that a transport can meet, in the order in which the demo takes them.</summary>
    public static IReadOnlyList<BadRecord> KindsFor(Transport transport) => transport switch
    {
        Transport.Rest => [JsonArray, ThreeFeaturesInJson, EmptyJson],
        Transport.Grpc => [UnknownProtoName, TruncatedMessage, ThreeFeaturesInMessage, OtherModel, Tombstone],
        _ => [UnknownProtoName, ThreeFeaturesInJson, TruncatedMessage, JsonArray, OtherModel, Tombstone, ThreeFeaturesInMessage, EmptyJson],
    };
}
