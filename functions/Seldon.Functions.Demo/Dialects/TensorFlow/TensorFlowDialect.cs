using Google.Protobuf;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>Requests by TensorFlow Serving's protocol.</summary>
internal static class TensorFlowDialect
{
    private const string Name = "tensorflow";

    private static readonly Header RequestType = Dialect.MessageType("tensorflow.serving.PredictRequest");

    public static Dialect Rest { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Rest,
        Requests = [Instances],
        BadRecords = [BadRecord.EmptyJson, BadRecord.ThreeFeatures(Instances), BadRecord.JsonArray],
    };

    public static Dialect Grpc { get; } = new()
    {
        Protocol = Name,
        Transport = Transport.Grpc,
        Requests = [Predict],
        BadRecords =
        [
            BadRecord.OtherModel(features => Predict(features, DemoRecords.MissingModel)), BadRecord.Truncated(Predict), BadRecord.ThreeFeatures(Predict),
            BadRecord.NamedWrongly(Predict, "tensorflow.serving.PredictQuestion"), BadRecord.Tombstone(RequestType),
        ],
    };

    private static (byte[] Value, Header Type) Instances(float[] features) => Dialect.Json("""{"instances":[[$]]}""", features);

    private static (byte[] Value, Header Type) Predict(float[] features) => Predict(features, FlowerModel.Name);

    private static (byte[] Value, Header Type) Predict(float[] features, string model)
    {
        var request = new PredictRequest
        {
            ModelSpec = new ModelSpec { Name = model },
            Inputs = { [FlowerModel.InputName] = TensorFlowTensor.Of(features, features.Length) },
        };
        return (request.ToByteArray(), RequestType);
    }
}
