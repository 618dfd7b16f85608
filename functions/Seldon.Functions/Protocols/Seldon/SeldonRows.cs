using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// The rows of a SeldonMessage: the elements of <c>ndarray</c>, or the first dimension of <c>tensor</c> or <c>tftensor</c>. Text, binary data, JSON
/// data and custom data have none.
/// </summary>
internal static class SeldonRows
{
    public static RowFormat Predict { get; } = new(static (body, _) => Read(body, isRequest: true), static (body, _) => Read(body, isRequest: false));

    /// <summary>SeldonMessage { 1 Status, 2 Meta, 3 DefaultData, … }</summary>
    private static RowBody? Read(byte[] body, bool isRequest)
    {
        var pieces = new WirePieces(body);
        var fields = new WireFields(body);
        WireField? meta = null, data = null;
        while (fields.TryNext(out var field))
        {
            if (field.Number == 1) pieces.Same(field);
            else if (field.Number == 2 && meta is null) meta = field;
            else if (field.Number == 3 && data is null) data = field;
            else return null;
        }
        if (meta is { } its) AddMeta(ref pieces, its);
        return data is { } rows && TryAddData(ref pieces, rows, isRequest) ? pieces.ToBody() : null;
    }

    /// <summary>Meta { 1 puid, … }: what else is in it is the same in all requests, and in all answers.</summary>
    private static void AddMeta(ref WirePieces pieces, WireField meta)
    {
        WireField? puid = null;
        var fields = new WireFields(pieces.Body, meta);
        pieces.Open(2);
        while (fields.TryNext(out var field))
        {
            // Of a field that comes twice the last one counts.
            if (field.Number == 1) puid = field;
            else pieces.Same(field);
        }
        if (puid is { Length: > 0 } id) pieces.Id(id);
        pieces.Close();
    }

    /// <summary>DefaultData { 1 repeated names, oneof 2 Tensor { 1 shape, 2 values }, 3 ListValue { 1 repeated Value }, 4 TensorProto }</summary>
    private static bool TryAddData(ref WirePieces pieces, WireField data, bool isRequest)
    {
        WireField? rows = null;
        var fields = new WireFields(pieces.Body, data);
        pieces.Open(3);
        while (fields.TryNext(out var field))
        {
            if (field.Number == 1) pieces.Same(field);
            else if (field.Number is < 2 or > 4 || rows is not null) return false;
            else rows = field;
        }
        if (rows is not { } values) return false;
        if (!(values.Number switch { 2 => TryAddTensor(ref pieces, values), 3 => TryAddList(ref pieces, values, isRequest), _ => TensorFlowTensorRows.TryAdd(ref pieces, values) })) return false;
        pieces.Close();
        return true;
    }

    private static bool TryAddTensor(ref WirePieces pieces, WireField tensor)
    {
        WireField? shape = null, values = null;
        var fields = new WireFields(pieces.Body, tensor);
        while (fields.TryNext(out var field))
        {
            if (field.Number == 1 && field.IsDelimited && shape is null) shape = field;
            else if (field.Number == 2 && values is null) values = field;
            else return false;
        }
        if (shape is not { } sizes) return false;
        var reader = new WireReader(pieces.Body.AsSpan(sizes.Value, sizes.Length));
        if (!reader.TryReadVarint(out var rows) || rows > int.MaxValue || !pieces.TryCount((int)rows)) return false;
        pieces.Open(2);
        pieces.Open(1);
        pieces.Count();
        pieces.Same(sizes.End - reader.Remaining, sizes.End);
        pieces.Close();
        var perRow = 1L;
        while (reader.TryReadVarint(out var size))
        {
            if (size > int.MaxValue || (perRow *= (long)size) > int.MaxValue) return false;
        }
        if (values is not { } run ? perRow != 0 : !pieces.TryFixed(run, perRow * sizeof(double))) return false;
        pieces.Close();
        return true;
    }

    private static bool TryAddList(ref WirePieces pieces, WireField list, bool isRequest)
    {
        var fields = new WireFields(pieces.Body, list);
        var (count, kind) = (0, 0UL);
        while (fields.TryNext(out var row))
        {
            if (row.Number != 1 || !row.IsDelimited) return false;
            count++;
            if (!isRequest) continue;
            var next = ListShape.Of(pieces.Body.AsSpan(row.Value, row.Length));
            if (next == ListShape.Ragged || (count > 1 && next != kind)) return false;
            kind = next;
        }
        if (!pieces.TryCount(count)) return false;
        pieces.Kind(kind);
        pieces.Open(3);
        pieces.TryFields(list.Value, list.End, count, 1);
        pieces.Close();
        return true;
    }
}
