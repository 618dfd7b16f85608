using System.Globalization;
using System.Text;
using Google.Protobuf;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>A request for one flower as it stands in a record: the value, and the header that says what the value is.</summary>
internal static class FlowerRequest
{
    /// <summary>Of REST requests.</summary>
    public static Header JsonType { get; } = new("content-type", "application/json"u8.ToArray());

    /// <summary>Of gRPC requests.</summary>
    public static Header MessageType { get; } = new(HeaderNames.ProtoName, "tensorflow.serving.PredictRequest"u8.ToArray());

    public static (byte[] Value, Header Type) Rest(float[] features)
    {
        var numbers = string.Join(',', features.Select(feature => feature.ToString(CultureInfo.InvariantCulture)));
        return (Encoding.UTF8.GetBytes($$"""{"instances":[[{{numbers}}]]}"""), JsonType);
    }

    public static (byte[] Value, Header Type) Grpc(float[] features, string model = FlowerModel.Name)
    {
        var request = new PredictRequest
        {
            ModelSpec = new ModelSpec { Name = model },
            Inputs = { [FlowerModel.InputName] = TensorFlowTensor.Of(features, features.Length) },
        };
        return (request.ToByteArray(), MessageType);
    }
}
