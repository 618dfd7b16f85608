using Google.Protobuf;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>Requests by the V2 protocol, over gRPC with typed and with raw contents.</summary>
internal static class V2Dialect
{
    private const string Name = "v2";

    private static readonly Header RequestType = Dialect.MessageType("inference.ModelInferRequest");

    public static Dialect Rest { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Rest,
        Requests = [Json],
        BadRecords = [BadRecord.ThreeFeatures(Json), BadRecord.JsonArray, BadRecord.EmptyJson],
    };

    public static Dialect Grpc { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Grpc,
        Requests = [Typed, Raw],
        BadRecords =
        [
            BadRecord.Truncated(Raw), BadRecord.OtherModel(features => Typed(features, DemoRecords.MissingModel)), BadRecord.ThreeFeatures(Raw),
            BadRecord.NamedWrongly(Typed, "inference.ModelInferResponse"), BadRecord.Tombstone(RequestType), BadRecord.ThreeFeatures(Typed),
        ],
    };

    private static (byte[] Value, Header Type) Json(float[] features) => Dialect.Json(
        $$$"""{"inputs":[{"name":"{{{FlowerModel.InputName}}}","shape":[1,{{{features.Length}}}],"datatype":"{{{V2Model.Float}}}","data":[$]}]}""", features);

    private static (byte[] Value, Header Type) Typed(float[] features) => Typed(features, FlowerModel.Name);

    private static (byte[] Value, Header Type) Typed(float[] features, string model)
    {
        var request = RequestFor(features, model);
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { features } };
        return (request.ToByteArray(), RequestType);
    }

    private static (byte[] Value, Header Type) Raw(float[] features)
    {
        var request = RequestFor(features, FlowerModel.Name);
        request.RawInputContents.Add(ByteString.CopyFrom(LittleEndian.WriteSingles(features)));
        return (request.ToByteArray(), RequestType);
    }

    private static ModelInferRequest RequestFor(float[] features, string model) => new()
    {
        ModelName = model,
        Inputs = { new InferInputTensor { Name = FlowerModel.InputName, Datatype = V2Model.Float, Shape = { 1, features.Length } } },
    };
}
