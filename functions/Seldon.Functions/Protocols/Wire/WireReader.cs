using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>
/// Reads the protobuf wire format in place: tags, varints, lengths. Every method says false where the bytes end early or
/// are not of the format. Groups, which proto3 does not have, are not of the format.
/// Source: https://protobuf.dev/programming-guides/encoding/
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _rest.Length;

    public bool TryReadTag(out int field, out int wireType)
    {
        field = wireType = 0;
        if (!TryReadVarint(out var tag) || tag > uint.MaxValue) return false;
        field = (int)(tag >> 3);
        wireType = (int)(tag & 7);
        return field > 0;
    }

    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            var b = _rest[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return true;
        }
        return false;
    }

    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryReadVarint(out var length) || length > (ulong)_rest.Length) return false;
        bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    public bool TryReadDouble(out double value)
    {
        value = _rest.Length < sizeof(double) ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(_rest);
        return TryAdvance(sizeof(double));
    }

    /// <summary>
    /// The next field that is length-delimited, and its bytes; others are passed over. False at the end, and where the bytes are
    /// not of the format.
    /// </summary>
    public bool TryReadField(out int field, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        while (TryReadTag(out field, out var wireType))
        {
            if (wireType == LengthDelimited) return TryReadBytes(out bytes);
            if (!TrySkip(wireType)) return false;
        }
        return false;
    }

    public bool TrySkip(int wireType) => wireType switch
    {
        Varint => TryReadVarint(out _),
        Fixed64 => TryAdvance(8),
        LengthDelimited => TryReadBytes(out _),
        Fixed32 => TryAdvance(4),
        _ => false,
    };

    /// <summary>Whether the bytes of a text field are this text, which a setting gives and which is not long.</summary>
    public static bool IsText(ReadOnlySpan<byte> utf8, string? text)
    {
        Span<byte> buffer = stackalloc byte[512];
        return text is not null && Encoding.UTF8.TryGetBytes(text, buffer, out var length) && utf8.SequenceEqual(buffer[..length]);
    }

    /// <summary>Every varint has one byte without the continuation bit: its last.</summary>
    public static long CountVarints(ReadOnlySpan<byte> packed)
    {
        long count = 0;
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(packed);
        foreach (var vector in vectors)
            count -= Vector.Sum(Vector.AsVectorSByte(Vector.LessThan(vector, new Vector<byte>(0x80))));
        foreach (var b in packed[(vectors.Length * Vector<byte>.Count)..])
        {
            if (b < 0x80) count++;
        }
        return count;
    }

    private bool TryAdvance(int count)
    {
        if (_rest.Length < count) return false;
        _rest = _rest[count..];
        return true;
    }
}
