using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>How a field of a protobuf message is written.</summary>
internal enum FieldKind : byte
{
    Varint, Fixed32, Fixed64, Bytes, Text, Message,

    /// <summary>Repeated: packed into one run of bytes, or one by one.</summary>
    Varints, Fixed32s, Fixed64s,
}

/// <summary>One field of a message: its number, how it is written, and for a message its shape.</summary>
internal readonly record struct Field(int Number, FieldKind Kind, MessageShape? Message = null);

/// <summary>
/// The fields of a protobuf message, against which bytes are checked without making anything from them. A field that is
/// not listed passes if it is complete, unless the shape is closed; a listed one must be written as listed.
/// </summary>
internal sealed class MessageShape
{
    /// <summary>How many messages deep a message may be nested in the outermost, as in the protobuf libraries of the servers.</summary>
    private const int DeepestNesting = 100;

    private Field[] _byNumber = [];

    public MessageShape(params Field[] fields) => Define(fields);

    /// <summary>The message gets no new fields any more: bytes with others are something else.</summary>
    public bool IsClosed { get; init; }

    /// <summary>A map field with text keys: on the wire, a repeated message of key (1) and value (2).</summary>
    public static Field Map(int number, FieldKind kind, MessageShape? value = null) =>
        new(number, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Text), new Field(2, kind, value)) { IsClosed = true });

    /// <summary>Gives the shape its fields; apart from the constructor for shapes that contain themselves.</summary>
    public void Define(params Field[] fields)
    {
        _byNumber = new Field[fields.Select(f => f.Number).DefaultIfEmpty().Max() + 1];
        foreach (var field in fields) _byNumber[field.Number] = field;
    }

    /// <summary>Whether the bytes are a whole message of this shape, down to the last nested field.</summary>
    public bool Matches(ReadOnlySpan<byte> message) => Matches(message, 0);

    private bool Matches(ReadOnlySpan<byte> message, int depth)
    {
        if (depth > DeepestNesting) return false;
        var reader = new WireReader(message);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out var number, out var wireType)) return false;
            var isListed = number < _byNumber.Length && _byNumber[number].Number != 0;
            if (!isListed && IsClosed) return false;
            if (!(isListed ? TryRead(ref reader, _byNumber[number], wireType, depth) : reader.TrySkip(wireType))) return false;
        }
        return true;
    }

    private static bool TryRead(ref WireReader reader, in Field field, int wireType, int depth)
    {
        if (wireType != WireReader.LengthDelimited)
            return wireType == ScalarWireType(field.Kind) && reader.TrySkip(wireType);
        if (!reader.TryReadBytes(out var bytes)) return false;
        return field.Kind switch
        {
            FieldKind.Bytes => true,
            FieldKind.Text => Utf8.IsValid(bytes),
            FieldKind.Message => field.Message!.Matches(bytes, depth + 1),
            FieldKind.Varints => AreVarints(bytes),
            FieldKind.Fixed32s => bytes.Length % 4 == 0,
            FieldKind.Fixed64s => bytes.Length % 8 == 0,
            _ => false,
        };
    }

    private static int ScalarWireType(FieldKind kind) => kind switch
    {
        FieldKind.Varint or FieldKind.Varints => WireReader.Varint,
        FieldKind.Fixed32 or FieldKind.Fixed32s => WireReader.Fixed32,
        FieldKind.Fixed64 or FieldKind.Fixed64s => WireReader.Fixed64,
        _ => -1,
    };

    /// <summary>Whether the last varint ends and none has more than ten bytes: nowhere do ten in a row have the continuation bit.</summary>
    private static bool AreVarints(ReadOnlySpan<byte> packed)
    {
        if (packed.IsEmpty) return true;
        if (packed[^1] >= 0x80) return false;
        // Each block begins with the last nine bytes of the one before, so that every ten in a row lie in one.
        const int overlap = 9;
        for (; packed.Length >= Vector512<byte>.Count; packed = packed[(Vector512<byte>.Count - overlap)..])
        {
            var one = Vector512.Create(packed).ExtractMostSignificantBits();
            var two = one & (one >> 1);
            var four = two & (two >> 2);
            var eight = four & (four >> 4);
            if ((eight & (two >> 8)) != 0) return false;
        }
        var row = 0;
        foreach (var b in packed)
        {
            row = b < 0x80 ? 0 : row + 1;
            if (row == 10) return false;
        }
        return true;
    }
}
