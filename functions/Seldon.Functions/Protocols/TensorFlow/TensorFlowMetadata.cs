using System.Globalization;
using System.Text;
using System.Text.Json;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>
/// A model's metadata in TensorFlow Serving: the signature <c>serving_default</c>, or the first, of <c>GET …/metadata</c> and GetModelMetadata.
/// Source: tensorflow_serving/apis/get_model_metadata.proto and tensorflow/core/protobuf/meta_graph.proto.
/// </summary>
internal static class TensorFlowMetadata
{
    private const string Default = "serving_default";
    private const string Field = "signature_def";

    /// <summary>DataType by number, where a model server takes it.</summary>
    private static readonly string[] Types =
    [
        "DT_INVALID", "DT_FLOAT", "DT_DOUBLE", "DT_INT32", "DT_UINT8", "DT_INT16", "DT_INT8", "DT_STRING", "DT_COMPLEX64", "DT_INT64", "DT_BOOL", "DT_QINT8", "DT_QUINT8",
        "DT_QINT32", "DT_BFLOAT16", "DT_QINT16", "DT_QUINT16", "DT_UINT16", "DT_COMPLEX128", "DT_HALF", "DT_RESOURCE", "DT_VARIANT", "DT_UINT32", "DT_UINT64",
    ];

    /// <param name="path">The path of the model.</param>
    /// <param name="model">The model.</param>
    public static ServerQuestion Question(string path, ModelSelector model) => new(
        $"{path}/metadata", "/tensorflow.serving.PredictionService/GetModelMetadata", new WireWriter().Bytes(1, TensorFlowRequests.ModelSpec(model)).Text(2, Field).ToArray());

    /// <summary>The metadata; null if the answer is none.</summary>
    public static ModelMetadata? Read(ServerAnswer answer) => !answer.IsOk ? null : answer.IsGrpc ? OfMessage(answer.Body) : OfJson(answer.Body);

    /// <summary><c>{"metadata":{"signature_def":{"signature_def":{"serving_default":{"inputs":{"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"}]}}},…}}}}}</c></summary>
    private static ModelMetadata? OfJson(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var signatures = json.RootElement.GetProperty("metadata"u8).GetProperty(Field).GetProperty(Field);
            if (!signatures.TryGetProperty(Default, out var signature)) signature = signatures.EnumerateObject().First(s => s.Value.TryGetProperty("inputs"u8, out _)).Value;
            return new ModelMetadata(Tensors(signature, "inputs"), Tensors(signature, "outputs"));
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }

        static TensorMetadata[] Tensors(JsonElement signature, string which) => signature.TryGetProperty(which, out var tensors)
            ? [.. tensors.EnumerateObject().Select(t => new TensorMetadata(t.Name, t.Value.GetProperty("dtype"u8).GetString()!, Shape(t.Value)))]
            : [];

        static long[]? Shape(JsonElement tensor)
        {
            if (!tensor.TryGetProperty("tensor_shape"u8, out var shape) || (shape.TryGetProperty("unknown_rank"u8, out var unknown) && unknown.ValueKind == JsonValueKind.True)) return null;
            // Protobuf's JSON writes 64-bit numbers as text.
            return shape.TryGetProperty("dim"u8, out var dims) ? [.. dims.EnumerateArray().Select(d => long.Parse(d.GetProperty("size"u8).ToString(), CultureInfo.InvariantCulture))] : [];
        }
    }

    /// <summary>GetModelMetadataResponse { 1 model_spec, 2 map&lt;string, Any { 2 value }&gt; metadata }; the value is SignatureDefMap { 1 map&lt;string, SignatureDef&gt; }.</summary>
    private static ModelMetadata? OfMessage(byte[] message)
    {
        ModelMetadata? found = null;
        foreach (var (key, any) in Entries(message, 2))
        {
            if (key != Field) continue;
            var value = new WireReader(any);
            while (value.TryReadField(out var field, out var map))
            {
                if (field != 2) continue;
                foreach (var (name, signature) in Entries(map.ToArray(), 1))
                {
                    if (found is null || name == Default) found = Signature(signature);
                }
            }
        }
        return found is { Inputs.Count: > 0 } ? found : null;
    }

    /// <summary>SignatureDef { 1 map inputs, 2 map outputs, 3 method_name }</summary>
    private static ModelMetadata Signature(byte[] signature) => new(
        [.. Entries(signature, 1).Select(e => Tensor(e.Key, e.Value))], [.. Entries(signature, 2).Select(e => Tensor(e.Key, e.Value))]);

    /// <summary>TensorInfo { 1 name, 2 dtype, 3 TensorShapeProto { 2 repeated Dim { 1 size }, 3 unknown_rank } }</summary>
    private static TensorMetadata Tensor(string name, byte[] info)
    {
        var (type, shape, isUnknown) = (0UL, new List<long>(), false);
        var reader = new WireReader(info);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 2 && wireType == WireReader.Varint && reader.TryReadVarint(out type)) continue;
            if (field == 3 && wireType == WireReader.LengthDelimited && reader.TryReadBytes(out var bytes)) isUnknown = !ReadShape(bytes, shape);
            else if (!reader.TrySkip(wireType)) break;
        }
        return new TensorMetadata(name, type < (ulong)Types.Length ? Types[type] : type.ToString(CultureInfo.InvariantCulture), isUnknown ? null : shape);
    }

    /// <summary>Adds the dimensions; false if their number is unknown.</summary>
    private static bool ReadShape(ReadOnlySpan<byte> bytes, List<long> shape)
    {
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 3 && wireType == WireReader.Varint && reader.TryReadVarint(out var unknown) && unknown != 0) return false;
            if (field == 2 && wireType == WireReader.LengthDelimited && reader.TryReadBytes(out var dim)) shape.Add(SizeOf(dim));
            else if (!(field == 3 && wireType == WireReader.Varint) && !reader.TrySkip(wireType)) break;
        }
        return true;
    }

    private static long SizeOf(ReadOnlySpan<byte> dim)
    {
        var reader = new WireReader(dim);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1 && wireType == WireReader.Varint && reader.TryReadVarint(out var size)) return (long)size;
            if (!reader.TrySkip(wireType)) break;
        }
        return 0;
    }

    /// <summary>The entries of a map whose values are messages.</summary>
    private static List<KeyValuePair<string, byte[]>> Entries(byte[] message, int map)
    {
        var entries = new List<KeyValuePair<string, byte[]>>();
        var reader = new WireReader(message);
        while (reader.TryReadField(out var field, out var entry))
        {
            if (field != map) continue;
            var (key, value) = ("", Array.Empty<byte>());
            var parts = new WireReader(entry);
            while (parts.TryReadField(out var part, out var bytes))
            {
                if (part == 1) key = Encoding.UTF8.GetString(bytes);
                if (part == 2) value = bytes.ToArray();
            }
            entries.Add(new(key, value));
        }
        return entries;
    }
}
