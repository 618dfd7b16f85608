using System.Text.Json;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// What a router answers: a SeldonMessage whose first value is the child's number, -1 for all children or -2 for none; over REST an array
/// of numbers does, too. Without data it is -1.
/// </summary>
internal static class SeldonRoute
{
    /// <summary>All children.</summary>
    public const int All = -1;

    /// <summary>None: the message leaves the router as it is.</summary>
    public const int None = -2;

    /// <summary>The route in a JSON answer; null if it names none of the children.</summary>
    public static int? OfJson(byte[] answer, int children)
    {
        try
        {
            using var json = JsonDocument.Parse(answer.AsMemory(answer.Length - JsonText.WithoutMark(answer).Length));
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Array) return ToRoute(First(root), children);
            if (!root.TryGetProperty("data", out var data)) return All;
            if (data.TryGetProperty("ndarray", out var rows)) return ToRoute(First(rows), children);
            if (data.TryGetProperty("tensor", out var tensor)) return ToRoute(First(tensor.GetProperty("values")), children);
            return data.TryGetProperty("tftensor", out tensor) && (tensor.TryGetProperty("intVal", out var ints) || tensor.TryGetProperty("int_val", out ints))
                ? ToRoute(First(ints), children)
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The route in the bytes of a SeldonMessage, whose shape has been checked; null if it names none of the children.</summary>
    public static int? OfMessage(ReadOnlySpan<byte> answer, int children)
    {
        var message = new WireReader(answer);
        while (message.TryReadField(out var field, out var bytes))
        {
            if (field == 3) return ToRoute(OfData(bytes), children);
        }
        return All;
    }

    private static double? First(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() == 0) return null;
        var first = array[0];
        return first.ValueKind == JsonValueKind.Array ? First(first) : first.GetDouble();
    }

    /// <summary>DefaultData { oneof 2 Tensor { 2 values }, 3 ListValue { 1 Value { 2 number, 6 list } }, 4 TensorProto { 7 int_val } }</summary>
    private static double? OfData(ReadOnlySpan<byte> data)
    {
        var reader = new WireReader(data);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 2) return FirstDouble(bytes, 2);
            if (field == 3) return FirstOfList(bytes);
            if (field == 4) return FirstVarint(bytes, 7);
        }
        return null;
    }

    private static double? FirstOfList(ReadOnlySpan<byte> list)
    {
        var values = new WireReader(list);
        if (!values.TryReadField(out _, out var value)) return null;
        var reader = new WireReader(value);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 2 && wireType == WireReader.Fixed64) return reader.TryReadDouble(out var number) ? number : null;
            if (field == 6 && wireType == WireReader.LengthDelimited) return reader.TryReadBytes(out var inner) ? FirstOfList(inner) : null;
            if (!reader.TrySkip(wireType)) return null;
        }
        return null;
    }

    private static double? FirstDouble(ReadOnlySpan<byte> message, int number)
    {
        var reader = new WireReader(message);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == number && wireType == WireReader.Fixed64) return reader.TryReadDouble(out var one) ? one : null;
            if (field == number && wireType == WireReader.LengthDelimited)
                return reader.TryReadBytes(out var packed) && new WireReader(packed).TryReadDouble(out var first) ? first : null;
            if (!reader.TrySkip(wireType)) return null;
        }
        return null;
    }

    private static double? FirstVarint(ReadOnlySpan<byte> message, int number)
    {
        var reader = new WireReader(message);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == number && wireType == WireReader.Varint) return reader.TryReadVarint(out var one) ? (int)one : null;
            if (field == number && wireType == WireReader.LengthDelimited)
                return reader.TryReadBytes(out var packed) && new WireReader(packed).TryReadVarint(out var first) ? (int)first : null;
            if (!reader.TrySkip(wireType)) return null;
        }
        return null;
    }

    private static int? ToRoute(double? value, int children) =>
        value is { } number && number == Math.Truncate(number) && number >= None && number < children ? (int)number : null;
}
