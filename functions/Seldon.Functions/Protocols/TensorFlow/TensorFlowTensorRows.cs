using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>The rows of a TensorProto: its first dimension.</summary>
internal static class TensorFlowTensorRows
{
    private const int TypeString = 7;
    private const int Content = 4;
    private const int Strings = 8;

    /// <summary>Adds the pieces of a tensor whose values are all in one field, with as many as its shape says.</summary>
    /// <param name="tensor">The field that is the tensor.</param>
    public static bool TryAdd(ref WirePieces pieces, WireField tensor)
    {
        WireField? type = null, shape = null, values = null;
        var (count, end) = (0, 0);
        var fields = new WireFields(pieces.Body, tensor);
        while (fields.TryNext(out var field))
        {
            if (field.Number == 1 && type is null) type = field;
            else if (field.Number == 2 && shape is null) shape = field;
            else if (field.Number == 3) continue;
            // Strings are a field each, one behind the other; all else is one run.
            else if (values is null) (values, count, end) = (field, 1, field.End);
            else if (field.Number == Strings && values.Value.Number == Strings && field.Start == end) (count, end) = (count + 1, field.End);
            else return false;
        }
        if (type is not { } typed || shape is not { } sized) return false;
        pieces.Open(tensor.Number);
        pieces.Same(typed);
        if (!TryAddShape(ref pieces, sized, out var perRow) || !TryAddValues(ref pieces, typed, values, count, end, perRow)) return false;
        pieces.Close();
        return true;
    }

    /// <summary>TensorShapeProto { 2 repeated Dim { 1 size, 2 name }, 3 unknown_rank }</summary>
    private static bool TryAddShape(ref WirePieces pieces, WireField shape, out long perRow)
    {
        perRow = 1;
        var isFirst = true;
        var dimensions = new WireFields(pieces.Body, shape);
        pieces.Open(shape.Number);
        while (dimensions.TryNext(out var dimension))
        {
            if (dimension.Number != 2) return false;
            var size = 0L;
            var fields = new WireFields(pieces.Body, dimension);
            while (fields.TryNext(out var field))
            {
                if (field.Number != 1) return false;
                new WireReader(pieces.Body.AsSpan(field.Value)).TryReadVarint(out var number);
                size = (long)number;
            }
            if (size is < 0 or > int.MaxValue) return false;
            if (isFirst)
            {
                if (!pieces.TryCount((int)size)) return false;
                pieces.Open(2);
                pieces.Same(dimension.Value, dimension.Value + 1);
                pieces.Count();
                pieces.Close();
            }
            else
            {
                pieces.Same(dimension);
                if ((perRow *= size) > int.MaxValue) return false;
            }
            isFirst = false;
        }
        pieces.Close();
        return !isFirst;
    }

    private static bool TryAddValues(ref WirePieces pieces, WireField type, WireField? values, int count, int end, long perRow)
    {
        if (values is not { } field) return perRow == 0;
        switch (field.Number)
        {
            case Content:
                new WireReader(pieces.Body.AsSpan(type.Value)).TryReadVarint(out var number);
                // Strings in one run of bytes have all their lengths first.
                return number != TypeString && field.Length % pieces.Rows == 0 && pieces.TryFixed(field, field.Length / pieces.Rows);

            // float_val, scomplex_val: two to an element
            case 5 or 9:
                return pieces.TryFixed(field, perRow * sizeof(float) * (field.Number == 9 ? 2 : 1));

            // double_val, dcomplex_val
            case 6 or 12:
                return pieces.TryFixed(field, perRow * sizeof(double) * (field.Number == 12 ? 2 : 1));

            // int_val, int64_val, bool_val, half_val, uint32_val, uint64_val
            case 7 or 10 or 11 or 13 or 16 or 17:
                return pieces.TryVarints(field, perRow);

            case Strings:
                return pieces.TryFields(field.Start, end, count, perRow);

            default:
                return false;
        }
    }
}
