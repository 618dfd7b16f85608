using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// Rows of V2's REST API: the first dimension of every tensor in <c>inputs</c> and <c>outputs</c>, whose elements are in its <c>data</c> or behind the
/// JSON, if its <c>binary_data_size</c> says so.
/// </summary>
internal static class OpenInferenceJson
{
    public static RowFormat Rows { get; } = new(
        static (body, json) => Read(body, json, isRequest: true), static (body, json) => Read(body, json, isRequest: false));

    private static RowBody? Read(byte[] body, int jsonLength, bool isRequest)
    {
        var cuts = new JsonCuts(body, jsonLength > 0 ? jsonLength : body.Length, isRequest);
        var (at, tensors, ids) = (cuts.Json.Length, 0, 0);
        var members = new JsonMembers(cuts.Json);
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return null;
            if (cuts.Is(name, isRequest ? "inputs"u8 : "outputs"u8))
            {
                if (tensors++ > 0 || !TryAddTensors(ref cuts, body, value, ref at)) return null;
            }
            else if (cuts.Is(name, "id"u8))
            {
                if (ids++ > 0) return null;
                // An answer may have an id of its own making.
                if (isRequest ? cuts.IsString(value) : IsMergedId(cuts, value)) cuts.AddId(value);
            }
            else if (cuts.Is(name, "parameters"u8) ? isRequest && IsOfSequence(cuts, value) : !isRequest && (cuts.IsArray(value) || cuts.IsObject(value)))
            {
                return null;
            }
        }
        // What follows the JSON belongs to its tensors, all of it.
        return at == body.Length && cuts.EndsAt(members.End) ? cuts.ToBody(hasTensors: jsonLength > 0) : null;
    }

    private static bool IsMergedId(scoped in JsonCuts cuts, Range value) => cuts.IsString(value) && cuts.Json[value][1..^1].SequenceEqual(RowBody.MergedId);

    /// <summary>Requests of a sequence belong to each other, not to strangers.</summary>
    private static bool IsOfSequence(scoped in JsonCuts cuts, Range parameters) => cuts.Json[parameters].IndexOf("\"sequence_"u8) >= 0 || cuts.Json[parameters].Contains((byte)'\\');

    private static bool TryAddTensors(ref JsonCuts cuts, byte[] body, Range list, ref int at)
    {
        if (!cuts.IsArray(list)) return false;
        var cursor = new JsonCursor(cuts.Json, list.Start.Value + 1);
        do
        {
            cursor.SkipSpace();
            if (!cursor.TryPassValue(out var tensor) || !TryAddTensor(ref cuts, body, tensor, ref at)) return false;
        }
        while (cursor.TrySkip((byte)','));
        return cursor.TrySkip((byte)']');
    }

    /// <summary><c>{"name":…,"shape":[…],"datatype":…,"parameters":{…},"data":[…]}</c></summary>
    private static bool TryAddTensor(ref JsonCuts cuts, byte[] body, Range tensor, ref int at)
    {
        if (!cuts.IsObject(tensor)) return false;
        Range? shape = null, datatype = null, data = null, size = null;
        var members = new JsonMembers(cuts.Json, tensor.Start.Value);
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return false;
            if (cuts.Is(name, "shape"u8) && !TrySet(ref shape, value)) return false;
            if (cuts.Is(name, "datatype"u8) && !TrySet(ref datatype, value)) return false;
            if (cuts.Is(name, "data"u8) && !TrySet(ref data, value)) return false;
            if (cuts.Is(name, "parameters"u8) && cuts.IsObject(value))
            {
                var parameters = new JsonMembers(cuts.Json, value.Start.Value);
                while (parameters.TryNext(out var parameter, out var itsValue))
                {
                    if (!cuts.IsPlain(parameter) || (cuts.Is(parameter, "binary_data_size"u8) && !TrySet(ref size, itsValue))) return false;
                }
            }
        }
        if (members.End is null || shape is not { } s || datatype is not { } type || (data is null) == (size is null)) return false;
        if (!TryReadShape(ref cuts, s, out var rows, out var perRow, out var dimensions)) return false;
        if (data is { } elements) return cuts.TryAddElements(elements, rows, perRow, dimensions);
        if (cuts.NumberAt(size!.Value) is not { } length || length > body.Length - at) return false;
        var isFramed = cuts.Is(type, "\"BYTES\""u8);
        if (isFramed ? OpenInferenceTensor.CountFrames(body.AsSpan(at, length)) != (long)rows * perRow : length % rows != 0) return false;
        cuts.AddTensorLength(size.Value);
        cuts.AddTensor(isFramed, at, at + length, isFramed ? perRow : length / rows);
        at += length;
        return true;
    }

    private static bool TrySet(ref Range? member, Range value)
    {
        if (member is not null) return false;
        member = value;
        return true;
    }

    private static bool TryReadShape(ref JsonCuts cuts, Range shape, out int rows, out int perRow, out int dimensions)
    {
        (rows, perRow, dimensions) = (0, 1, 0);
        if (!cuts.IsArray(shape)) return false;
        var cursor = new JsonCursor(cuts.Json, shape.Start.Value + 1);
        long product = 1;
        do
        {
            cursor.SkipSpace();
            if (!cursor.TryPassValue(out var size)) return false;
            if (dimensions++ == 0)
            {
                if (!cuts.TryAddCount(size, out rows)) return false;
            }
            else
            {
                if (cuts.NumberAt(size) is not { } number || (product *= number) > int.MaxValue) return false;
            }
        }
        while (cursor.TrySkip((byte)','));
        perRow = (int)product;
        return cursor.TrySkip((byte)']');
    }
}
