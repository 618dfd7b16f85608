using System.Text;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>One way in which a record of the demo is bad.</summary>
/// <param name="Reason">The reason with which it is to become a dead letter.</param>
/// <param name="Make">The value, which may be null, and the header with its type.</param>
internal sealed record BadRecord(RejectionReason Reason, Func<Flower, (byte[]? Value, Header Type)> Make)
{
    private static readonly BadRecord JsonArray = new(RejectionReason.InvalidJson, flower =>
        (Encoding.UTF8.GetBytes($"[{flower.PetalLength.ToString(System.Globalization.CultureInfo.InvariantCulture)}]"), DemoRecords.Rest([]).Type));

    private static readonly BadRecord ThreeFeaturesInJson = new(RejectionReason.RefusedByModel, flower => DemoRecords.Rest(flower.Features.AsSpan(..3)));

    private static readonly BadRecord EmptyJson = new(RejectionReason.EmptyValue, _ => ([], DemoRecords.Rest([]).Type));

    private static readonly BadRecord UnknownProtoName = new(RejectionReason.UnknownProtoName, flower =>
        (DemoRecords.Grpc(flower.Features).Value, DemoRecords.ProtoName("tensorflow.serving.PredictQuestion")));

    private static readonly BadRecord TruncatedProtobuf = new(RejectionReason.InvalidProtobuf, flower =>
        DemoRecords.Grpc(flower.Features) is var (value, type) ? (value[..^5], type) : default);

    private static readonly BadRecord ThreeFeaturesInProtobuf = new(RejectionReason.RefusedByModel, flower => DemoRecords.Grpc(flower.Features.AsSpan(..3)));

    private static readonly BadRecord OtherModel = new(RejectionReason.UnknownModel, flower => DemoRecords.Grpc(flower.Features, "trees"));

    private static readonly BadRecord Tombstone = new(RejectionReason.EmptyValue, _ => (null, DemoRecords.ProtoName("tensorflow.serving.PredictRequest")));

    /// <summary>The kinds that a transport can meet, in the order in which the demo takes them.</summary>
    public static IReadOnlyList<BadRecord> KindsFor(Transport transport) => transport switch
    {
        Transport.Rest => [JsonArray, ThreeFeaturesInJson, EmptyJson],
        Transport.Grpc => [UnknownProtoName, TruncatedProtobuf, ThreeFeaturesInProtobuf, OtherModel, Tombstone],
        _ => [UnknownProtoName, ThreeFeaturesInJson, TruncatedProtobuf, JsonArray, OtherModel, Tombstone, ThreeFeaturesInProtobuf, EmptyJson],
    };
}
