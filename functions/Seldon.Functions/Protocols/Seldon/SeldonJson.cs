using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// Rows of a SeldonMessage in JSON: the elements of <c>ndarray</c>, or the first dimension of <c>tensor</c> or <c>tftensor</c>. Text, binary data and
/// JSON data have none.
/// </summary>
internal static class SeldonJson
{
    public static RowFormat Rows { get; } = new(
        static (body, json) => json > 0 ? null : Read(body, isRequest: true), static (body, json) => json > 0 ? null : Read(body, isRequest: false));

    private static RowBody? Read(byte[] body, bool isRequest)
    {
        var cuts = new JsonCuts(body, body.Length, isRequest);
        var members = new JsonMembers(cuts.Json);
        var (datas, metas) = (0, 0);
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return null;
            if (cuts.Is(name, "data"u8))
            {
                if (datas++ > 0 || !TryAddData(ref cuts, value)) return null;
            }
            else if (cuts.Is(name, "meta"u8))
            {
                if (metas++ > 0 || !TryAddPuid(ref cuts, value)) return null;
            }
            else if (!cuts.Is(name, "status"u8))
            {
                return null;
            }
        }
        return cuts.EndsAt(members.End) ? cuts.ToBody() : null;
    }

    /// <summary>What else is in <c>meta</c> is the same in all requests, and in all answers.</summary>
    private static bool TryAddPuid(ref JsonCuts cuts, Range meta)
    {
        if (!cuts.IsObject(meta)) return false;
        var members = new JsonMembers(cuts.Json, meta.Start.Value);
        var puids = 0;
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return false;
            if (!cuts.Is(name, "puid"u8)) continue;
            if (puids++ > 0 || !cuts.IsString(value)) return false;
            cuts.AddId(value);
        }
        return members.End is not null;
    }

    private static bool TryAddData(ref JsonCuts cuts, Range data)
    {
        if (!cuts.IsObject(data)) return false;
        var members = new JsonMembers(cuts.Json, data.Start.Value);
        var kinds = 0;
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return false;
            if (cuts.Is(name, "names"u8)) continue;
            if (kinds++ > 0) return false;
            if (!(cuts.Is(name, "ndarray"u8) ? cuts.TryAddRows(value) : cuts.Is(name, "tensor"u8) ? TryAddTensor(ref cuts, value) : cuts.Is(name, "tftensor"u8) && TryAddTfTensor(ref cuts, value))) return false;
        }
        return members.End is not null && kinds == 1;
    }

    /// <summary><c>{"shape":[n,…],"values":[…]}</c></summary>
    private static bool TryAddTensor(ref JsonCuts cuts, Range tensor)
    {
        if (!cuts.IsObject(tensor)) return false;
        Range? shape = null, values = null;
        var members = new JsonMembers(cuts.Json, tensor.Start.Value);
        while (members.TryNext(out var name, out var value))
        {
            if (cuts.Is(name, "shape"u8) && shape is null) shape = value;
            else if (cuts.Is(name, "values"u8) && values is null) values = value;
            else return false;
        }
        if (members.End is null || shape is not { } s || values is not { } elements || !cuts.IsArray(s)) return false;
        var sizes = new JsonCursor(cuts.Json, s.Start.Value + 1);
        var (rows, product, dimensions) = (0, 1L, 0);
        do
        {
            sizes.SkipSpace();
            if (!sizes.TryPassValue(out var size)) return false;
            if (dimensions++ == 0 ? !cuts.TryAddCount(size, out rows) : !TryMultiply(cuts, size, ref product)) return false;
        }
        while (sizes.TrySkip((byte)','));
        return sizes.TrySkip((byte)']') && cuts.TryAddElements(elements, rows, (int)product, dimensions: 1);
    }

    /// <summary><c>{"dtype":…,"tensorShape":{"dim":[{"size":"n"},…]},"floatVal":[…]}</c>, by either of protobuf's spellings of names in JSON.</summary>
    private static bool TryAddTfTensor(ref JsonCuts cuts, Range tensor)
    {
        if (!cuts.IsObject(tensor)) return false;
        Range? shape = null, values = null;
        var members = new JsonMembers(cuts.Json, tensor.Start.Value);
        while (members.TryNext(out var name, out var value))
        {
            if (cuts.Is(name, "dtype"u8) || cuts.Is(name, "versionNumber"u8) || cuts.Is(name, "version_number"u8)) continue;
            if ((cuts.Is(name, "tensorShape"u8) || cuts.Is(name, "tensor_shape"u8)) && shape is null) shape = value;
            // The bytes of tensorContent are text here, whose pieces cannot be put together.
            else if ((cuts.Json[name].EndsWith("Val"u8) || cuts.Json[name].EndsWith("_val"u8)) && values is null && cuts.IsPlain(name) && !IsComplex(cuts, name)) values = value;
            else return false;
        }
        return members.End is not null && shape is { } s && values is { } elements && TryReadDimensions(ref cuts, s, out var rows, out var perRow) && cuts.TryAddElements(elements, rows, perRow, dimensions: 1);
    }

    private static bool IsComplex(scoped in JsonCuts cuts, Range name) => cuts.Json[name].IndexOf("complex"u8) >= 0;

    private static bool TryReadDimensions(ref JsonCuts cuts, Range shape, out int rows, out int perRow)
    {
        (rows, perRow) = (0, 1);
        if (!cuts.IsObject(shape)) return false;
        var members = new JsonMembers(cuts.Json, shape.Start.Value);
        if (!members.TryNext(out var name, out var list) || !cuts.Is(name, "dim"u8) || !cuts.IsArray(list) || members.TryNext(out _, out _) || members.End is null) return false;
        var cursor = new JsonCursor(cuts.Json, list.Start.Value + 1);
        var (product, dimensions) = (1L, 0);
        do
        {
            cursor.SkipSpace();
            if (!cursor.TryPassValue(out var dimension) || !cuts.IsObject(dimension)) return false;
            Range? size = null;
            var dim = new JsonMembers(cuts.Json, dimension.Start.Value);
            while (dim.TryNext(out var key, out var value))
            {
                if (cuts.Is(key, "size"u8) && size is null) size = Unquoted(cuts, value);
                else if (!cuts.Is(key, "name"u8)) return false;
            }
            if (dim.End is null || size is not { } number) return false;
            if (dimensions++ == 0 ? !cuts.TryAddCount(number, out rows) : !TryMultiply(cuts, number, ref product)) return false;
        }
        while (cursor.TrySkip((byte)','));
        perRow = (int)product;
        return cursor.TrySkip((byte)']');
    }

    /// <summary>Protobuf writes 64-bit numbers as strings in JSON, and reads both.</summary>
    private static Range Unquoted(scoped in JsonCuts cuts, Range value) => cuts.IsString(value) ? (value.Start.Value + 1)..(value.End.Value - 1) : value;

    private static bool TryMultiply(scoped in JsonCuts cuts, Range size, ref long product) => cuts.NumberAt(size) is { } number && (product *= number) <= int.MaxValue;
}
