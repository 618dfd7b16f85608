using System.Text;
using System.Text.Json;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// A model's metadata in V2: <c>{"name":…,"inputs":[{"name":…,"datatype":"FP32","shape":[-1,4]}],"outputs":[…]}</c> and ModelMetadataResponse.
/// </summary>
internal static class OpenInferenceMetadata
{
    /// <param name="path">The path of the model.</param>
    /// <param name="request">ModelMetadataRequest { 1 name, 2 version }</param>
    public static ServerQuestion Question(string path, byte[] request) => new(path, $"{OpenInferenceProtocol.Service}ModelMetadata", request);

    /// <summary>The metadata; null if the answer is none.</summary>
    public static ModelMetadata? Read(ServerAnswer answer) => !answer.IsOk ? null : answer.IsGrpc ? OfMessage(answer.Body) : OfJson(answer.Body);

    private static ModelMetadata? OfJson(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("inputs"u8, out var inputs)) return null;
            return new ModelMetadata(Tensors(inputs), json.RootElement.TryGetProperty("outputs"u8, out var outputs) ? Tensors(outputs) : []);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }

        static TensorMetadata[] Tensors(JsonElement list) =>
        [
            .. list.EnumerateArray().Select(t => new TensorMetadata(
                t.GetProperty("name"u8).GetString()!, t.GetProperty("datatype"u8).GetString()!, [.. t.GetProperty("shape"u8).EnumerateArray().Select(d => d.GetInt64())])),
        ];
    }

    /// <summary>ModelMetadataResponse { 1 name, 2 repeated versions, 3 platform, 4 repeated inputs, 5 repeated outputs }</summary>
    private static ModelMetadata? OfMessage(byte[] message)
    {
        var (inputs, outputs) = (new List<TensorMetadata>(), new List<TensorMetadata>());
        var reader = new WireReader(message);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field is 4 or 5) (field == 4 ? inputs : outputs).Add(Tensor(bytes));
        }
        return reader.AtEnd && inputs.Count > 0 ? new ModelMetadata(inputs, outputs) : null;
    }

    /// <summary>TensorMetadata { 1 name, 2 datatype, 3 repeated shape }</summary>
    private static TensorMetadata Tensor(ReadOnlySpan<byte> bytes)
    {
        var (name, type, shape) = ("", "", new List<long>());
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (wireType == WireReader.Varint && field == 3 && reader.TryReadVarint(out var one))
            {
                shape.Add((long)one);
            }
            else if (wireType == WireReader.LengthDelimited && reader.TryReadBytes(out var part))
            {
                if (field == 1) name = Encoding.UTF8.GetString(part);
                if (field == 2) type = Encoding.UTF8.GetString(part);
                var packed = new WireReader(part);
                while (field == 3 && packed.TryReadVarint(out var size)) shape.Add((long)size);
            }
            else if (!reader.TrySkip(wireType))
            {
                break;
            }
        }
        return new TensorMetadata(name, type, shape);
    }
}
