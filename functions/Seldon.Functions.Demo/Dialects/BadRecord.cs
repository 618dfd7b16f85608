using System.Globalization;
using System.Text;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>One way in which a record of the demo is bad.</summary>
/// <param name="Reason">The reason with which it is to become a dead letter.</param>
/// <param name="Make">The value, which may be null, and the header with its type.</param>
internal sealed record BadRecord(RejectionReason Reason, Func<Flower, (byte[]? Value, Header Type)> Make)
{
    /// <summary>JSON, but no object.</summary>
    public static BadRecord JsonArray { get; } = new(RejectionReason.InvalidJson, flower =>
        (Encoding.UTF8.GetBytes($"[{flower.PetalLength.ToString(CultureInfo.InvariantCulture)}]"), Dialect.JsonType));

    /// <summary>No bytes where JSON should be.</summary>
    public static BadRecord EmptyJson { get; } = new(RejectionReason.EmptyValue, _ => ([], Dialect.JsonType));

    /// <summary>Null where a message should be.</summary>
    public static BadRecord Tombstone(Header type) => new(RejectionReason.EmptyValue, _ => (null, type));

    /// <summary>A request that lacks a feature.</summary>
    public static BadRecord ThreeFeatures(Func<float[], (byte[] Value, Header Type)> request) =>
        new(RejectionReason.RefusedByModel, flower => request(flower.ToFeatures()[..3]));

    /// <summary>A message whose last bytes are missing.</summary>
    public static BadRecord Truncated(Func<float[], (byte[] Value, Header Type)> request) => new(RejectionReason.InvalidProtobuf, flower =>
    {
        var (value, type) = request(flower.ToFeatures());
        return (value[..^5], type);
    });

    /// <summary>A message under a name that no request of its protocol has.</summary>
    public static BadRecord NamedWrongly(Func<float[], (byte[] Value, Header Type)> request, string name) =>
        new(RejectionReason.UnknownProtoName, flower => (request(flower.ToFeatures()).Value, Dialect.MessageType(name)));

    /// <summary>A request for a model that the server does not have.</summary>
    public static BadRecord OtherModel(Func<float[], (byte[] Value, Header Type)> request) =>
        new(RejectionReason.UnknownModel, flower => request(flower.ToFeatures()));
}
