using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Seldon.Functions.Protocols;

/// <summary>
/// TensorFlow Serving: REST <c>:predict</c> and gRPC <c>PredictionService/Predict</c>.
/// Source: https://www.tensorflow.org/tfx/serving/api_rest and tensorflow_serving/apis/*.proto.
/// </summary>
internal static class TensorFlow
{
    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const ulong Available = 30;

    // ModelSpec { 1 name, 2 Int64Value version, 3 signature_name, 4 version_label }
    private static readonly MessageShape ModelSpec = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varint))),
        new Field(3, FieldKind.Text),
        new Field(4, FieldKind.Text));

    // TensorShapeProto { 2 repeated Dim { 1 size, 2 name }, 3 unknown_rank }
    private static readonly MessageShape TensorShape = new(
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varint), new Field(2, FieldKind.Text))),
        new Field(3, FieldKind.Varint));

    // TensorProto { 1 dtype, 2 tensor_shape, 3 version_number, 4 tensor_content, 5.. the values by type }
    private static readonly MessageShape Tensor = new(
        new Field(1, FieldKind.Varint),
        new Field(2, FieldKind.Message, TensorShape),
        new Field(3, FieldKind.Varint),
        new Field(4, FieldKind.Bytes),
        new Field(5, FieldKind.Fixed32s),
        new Field(6, FieldKind.Fixed64s),
        new Field(7, FieldKind.Varints),
        new Field(8, FieldKind.Bytes),
        new Field(9, FieldKind.Fixed32s),
        new Field(10, FieldKind.Varints),
        new Field(11, FieldKind.Varints),
        new Field(12, FieldKind.Fixed64s),
        new Field(13, FieldKind.Varints),
        new Field(14, FieldKind.Bytes),
        new Field(15, FieldKind.Bytes),
        new Field(16, FieldKind.Varints),
        new Field(17, FieldKind.Varints),
        new Field(18, FieldKind.Bytes));

    // PredictRequest { 1 model_spec, 2 map inputs, 3 repeated output_filter, … }
    private static readonly MessageShape PredictRequest = new(
        new Field(1, FieldKind.Message, ModelSpec),
        MessageShape.Map(2, Tensor),
        new Field(3, FieldKind.Text));

    // PredictResponse { 1 map outputs, 2 model_spec }
    private static readonly MessageShape PredictResponse = new(
        MessageShape.Map(1, Tensor),
        new Field(2, FieldKind.Message, ModelSpec));

    public static Protocol Protocol { get; } = new()
    {
        Name = "tensorflow",
        RestPath = model => $"{ModelPath(model)}:predict",
        RestReadyPath = ModelPath,
        IsReadyBody = IsReadyBody,
        FaultOfHttp = status => status switch
        {
            // TensorFlow's REST server writes ABORTED so.
            409 => Fault.Outage,
            _ => FaultTable.OfHttp(status),
        },
        Methods =
        [
            new GrpcMethod
            {
                RequestType = "tensorflow.serving.PredictRequest"u8.ToArray(),
                Path = "/tensorflow.serving.PredictionService/Predict",
                ResponseType = "tensorflow.serving.PredictResponse"u8.ToArray(),
                Check = CheckPredict,
                Response = PredictResponse,
            },
        ],
        GrpcReadyPath = "/tensorflow.serving.ModelService/GetModelStatus",
        GrpcReadyRequest = GetModelStatusRequest,
        IsReadyMessage = IsReadyMessage,
        FaultOfGrpc = FaultTable.OfGrpc,
    };

    /// <summary><c>/v1/models/NAME[/versions/N|/labels/LABEL]</c></summary>
    private static string ModelPath(ModelSelector model)
    {
        var path = $"/v1/models/{Uri.EscapeDataString(model.Name)}";
        if (model.Version is { } version) return $"{path}/versions/{version.ToString(CultureInfo.InvariantCulture)}";
        return model.Label is { } label ? $"{path}/labels/{Uri.EscapeDataString(label)}" : path;
    }

    /// <summary>
    /// <c>{"model_version_status":[{"version":"1","state":"AVAILABLE",…}]}</c>; servers that speak only the predict half of the
    /// protocol answer <c>{"name":…,"ready":true}</c>, or something with neither.
    /// </summary>
    private static bool IsReadyBody(byte[] body)
    {
        var (states, available, refused) = (0, 0, false);
        try
        {
            var json = new Utf8JsonReader(body);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                if (json.ValueTextEquals("state"u8) && json.Read())
                {
                    states++;
                    if (json.TokenType == JsonTokenType.String && json.ValueTextEquals("AVAILABLE"u8)) available++;
                }
                else if (json.ValueTextEquals("ready"u8) && json.Read())
                {
                    refused |= json.TokenType == JsonTokenType.False;
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second is what comparing a name with half a surrogate pair ends in.
            return false;
        }
        return !refused && (states == 0 || available > 0);
    }

    /// <summary>GetModelStatusRequest { 1 model_spec }</summary>
    private static byte[] GetModelStatusRequest(ModelSelector model)
    {
        var spec = new List<byte>();
        WriteText(spec, 1, model.Name);
        if (model.Version is { } version)
        {
            var value = new List<byte> { 1 << 3 };
            WriteVarint(value, (ulong)version);
            WriteBytes(spec, 2, [.. value]);
        }
        if (model.Label is { } label) WriteText(spec, 4, label);
        var request = new List<byte>();
        WriteBytes(request, 1, [.. spec]);
        return [.. request];
    }

    /// <summary>GetModelStatusResponse { 1 repeated ModelVersionStatus { 1 version, 2 state, 3 status } }: any version available.</summary>
    private static bool IsReadyMessage(byte[] message)
    {
        var response = new WireReader(message);
        while (!response.AtEnd && response.TryReadTag(out var field, out var wireType))
        {
            if (field != 1 || wireType != WireReader.LengthDelimited)
            {
                if (!response.TrySkip(wireType)) return false;
                continue;
            }
            if (!response.TryReadBytes(out var bytes)) return false;
            var version = new WireReader(bytes);
            while (!version.AtEnd && version.TryReadTag(out field, out wireType))
            {
                if (field == 2 && wireType == WireReader.Varint)
                {
                    if (!version.TryReadVarint(out var state)) return false;
                    if (state == Available) return true;
                }
                else if (!version.TrySkip(wireType))
                {
                    return false;
                }
            }
        }
        return false;
    }

    private static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!PredictRequest.Matches(request)) return new("The bytes are not a complete PredictRequest.");
        var (hasName, namesOther, inputs) = (false, false, 0);
        var reader = new WireReader(request);
        while (!reader.AtEnd && reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1 && reader.TryReadBytes(out var spec)) ReadModelSpec(spec, route, ref hasName, ref namesOther);
            else if (field != 1) reader.TrySkip(wireType);
            if (field == 2) inputs++;
        }
        if (!hasName) return new("The PredictRequest names no model (model_spec.name).");
        return inputs == 0 ? new("The PredictRequest has no inputs.") : new(null, namesOther);
    }

    private static void ReadModelSpec(ReadOnlySpan<byte> spec, ModelSelector route, ref bool hasName, ref bool namesOther)
    {
        var reader = new WireReader(spec);
        while (!reader.AtEnd && reader.TryReadTag(out var field, out var wireType))
        {
            if (wireType != WireReader.LengthDelimited)
            {
                reader.TrySkip(wireType);
                continue;
            }
            reader.TryReadBytes(out var bytes);
            if (field == 1)
            {
                hasName = bytes.Length > 0;
                namesOther |= !IsText(bytes, route.Name);
            }
            else if (field == 2)
            {
                namesOther |= route.Version is not { } version || ReadInt64Value(bytes) != version;
            }
            else if (field == 4)
            {
                namesOther |= !IsText(bytes, route.Label);
            }
        }
    }

    private static long ReadInt64Value(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        long value = 0;
        while (!reader.AtEnd && reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1 && reader.TryReadVarint(out var varint)) value = (long)varint;
            else if (field != 1 && !reader.TrySkip(wireType)) break;
        }
        return value;
    }

    private static bool IsText(ReadOnlySpan<byte> utf8, string? text)
    {
        Span<byte> buffer = stackalloc byte[512];
        return text is not null && Encoding.UTF8.TryGetBytes(text, buffer, out var length) && utf8.SequenceEqual(buffer[..length]);
    }

    private static void WriteText(List<byte> target, int field, string text) => WriteBytes(target, field, Encoding.UTF8.GetBytes(text));

    private static void WriteBytes(List<byte> target, int field, byte[] bytes)
    {
        WriteVarint(target, (ulong)((field << 3) | WireReader.LengthDelimited));
        WriteVarint(target, (ulong)bytes.Length);
        target.AddRange(bytes);
    }

    private static void WriteVarint(List<byte> target, ulong value)
    {
        for (; value >= 0x80; value >>= 7) target.Add((byte)(value | 0x80));
        target.Add((byte)value);
    }
}
