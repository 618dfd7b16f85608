namespace Seldon.Functions.Protocols.Wire;

/// <summary>The shape of a <c>google.protobuf.Value</c> with lists in it, in place.</summary>
internal static class ListShape
{
    /// <summary>A list has elements of several kinds.</summary>
    public const ulong Ragged = 0;

    private const ulong Structure = 5;
    private const ulong List = 6;
    private const int Deepest = 32;

    /// <summary>How a number is written within a list: the field of the list, its length, and the field of the number.</summary>
    private static ReadOnlySpan<byte> NumberInList => [0x0a, 9, 0x11];

    /// <summary>The kind of a value: equal for values of the same type and shape, <see cref="Ragged"/> for one that has no shape.</summary>
    public static ulong Of(ReadOnlySpan<byte> value) => Of(value, 0);

    private static ulong Of(ReadOnlySpan<byte> value, int depth)
    {
        var reader = new WireReader(value);
        if (depth > Deepest || !reader.TryReadTag(out var field, out var wireType)) return Ragged;
        if (wireType != WireReader.LengthDelimited || field == 3) return reader.TrySkip(wireType) && reader.AtEnd ? (ulong)field : Ragged;
        if (!reader.TryReadBytes(out var inside) || !reader.AtEnd) return Ragged;
        // Nobody merges rows that are objects: their members may differ.
        if (field == (int)Structure) return Ragged;
        return AreNumbers(inside) ? Mix((ulong)(inside.Length / 11), 2) : OfList(inside, depth);
    }

    private static ulong OfList(ReadOnlySpan<byte> list, int depth)
    {
        var reader = new WireReader(list);
        var (count, kind) = (0UL, List);
        while (reader.TryReadField(out _, out var element))
        {
            var next = Of(element, depth + 1);
            if (next == Ragged || (count++ > 0 && next != kind)) return Ragged;
            kind = next;
        }
        return Mix(count, kind);
    }

    /// <summary>The common case: numbers, all written in the same way.</summary>
    private static bool AreNumbers(ReadOnlySpan<byte> list)
    {
        const int length = 3 + sizeof(double);
        if (list.IsEmpty || list.Length % length != 0) return false;
        for (; !list.IsEmpty; list = list[length..])
        {
            if (!list.StartsWith(NumberInList)) return false;
        }
        return true;
    }

    private static ulong Mix(ulong count, ulong kind)
    {
        var mixed = ((count << 8) ^ kind ^ 0x51) * 0x9E3779B97F4A7C15UL;
        mixed ^= mixed >> 29;
        return mixed <= 16 ? mixed + 17 : mixed;
    }
}
