using System.Buffers;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>Finds how many elements a JSON array has and of which kind they are, in place.</summary>
/// <param name="json">The text.</param>
/// <param name="at">Where the array begins.</param>
internal ref struct JsonShape(ReadOnlySpan<byte> json, int at)
{
    /// <summary>The elements are of several kinds, or there are none.</summary>
    public const ulong Ragged = 0;

    /// <summary>Numbers, among them NaN and Infinity, which TensorFlow Serving writes and reads.</summary>
    public const ulong Number = 1;

    public const ulong Text = 2;

    private const ulong Truth = 3;
    private const ulong Null = 4;

    /// <summary>Nobody's tensors have more dimensions.</summary>
    private const int Deepest = 32;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> Numbers = SearchValues.Create("0123456789+-.eE, \t\r\n"u8);
    private static readonly SearchValues<byte> OneNumber = SearchValues.Create("0123456789+-.eE"u8);

    private readonly ReadOnlySpan<byte> _json = json;
    private JsonCursor _cursor = new(json, at);

    /// <summary>Reads the array; false if the bytes are none.</summary>
    /// <param name="count">Its elements.</param>
    /// <param name="kind">Their kind: equal for elements of the same type and shape, <see cref="Ragged"/> if they differ.</param>
    public bool TryRead(out int count, out ulong kind) => TryReadArray(0, out count, out kind);

    private bool TryReadArray(int depth, out int count, out ulong kind)
    {
        (count, kind) = (0, Ragged);
        if (depth > Deepest || !_cursor.TrySkip((byte)'[')) return false;
        if (TryReadNumbers(out count))
        {
            kind = Number;
            return true;
        }
        _cursor.SkipSpace();
        if (_cursor.TrySkip((byte)']')) return true;
        do
        {
            _cursor.SkipSpace();
            if (!TryReadValue(depth, out var next)) return false;
            kind = count == 0 || kind == next ? next : Ragged;
            count++;
        }
        while (_cursor.TrySkip((byte)','));
        return _cursor.TrySkip((byte)']');
    }

    /// <summary>The common case: numbers up to the closing bracket.</summary>
    private bool TryReadNumbers(out int count)
    {
        count = 0;
        var rest = _json[_cursor.At..];
        var end = rest.IndexOfAny(Structure);
        if (end < 0 || rest[end] != (byte)']') return false;
        var numbers = rest[..end];
        if (numbers.IndexOfAnyExcept(Numbers) >= 0 || numbers.IndexOf(",,"u8) >= 0) return false;
        numbers = numbers.Trim(" \t\r\n"u8);
        if (numbers.IsEmpty || numbers[0] == (byte)',' || numbers[^1] == (byte)',') return false;
        count = numbers.Count((byte)',') + 1;
        _cursor = new JsonCursor(_json, _cursor.At + end + 1);
        return true;
    }

    private bool TryReadValue(int depth, out ulong kind)
    {
        kind = Ragged;
        switch (_cursor.Here)
        {
            case (byte)'"':
                kind = Text;
                return _cursor.TryPassString(out _);

            case (byte)'[':
                if (!TryReadArray(depth + 1, out var count, out var element)) return false;
                // An array without elements is a shape, too; one of different elements is none.
                kind = element == Ragged && count > 0 ? Ragged : Mix(Mix(7, (ulong)count), element);
                return true;

            case (byte)'{':
                return TryReadObject(depth, out kind);

            default:
                if (!_cursor.TryPassValue(out var at)) return false;
                var scalar = _json[at];
                kind = scalar.IndexOfAnyExcept(OneNumber) < 0 || scalar.SequenceEqual("NaN"u8) || scalar.SequenceEqual("Infinity"u8) || scalar.SequenceEqual("-Infinity"u8) ? Number
                    : scalar.SequenceEqual("true"u8) || scalar.SequenceEqual("false"u8) ? Truth
                    : Null;
                return kind != Null || scalar.SequenceEqual("null"u8);
        }
    }

    /// <summary>An object's kind is made of the names and kinds of its members.</summary>
    private bool TryReadObject(int depth, out ulong kind)
    {
        kind = 11;
        if (depth >= Deepest || !_cursor.TrySkip((byte)'{')) return false;
        if (_cursor.TrySkip((byte)'}')) return true;
        do
        {
            _cursor.SkipSpace();
            if (!_cursor.TryPassString(out var name) || !_cursor.TrySkip((byte)':')) return false;
            foreach (var b in _json[name]) kind = Mix(kind, b);
            _cursor.SkipSpace();
            if (!TryReadValue(depth + 1, out var member)) return false;
            kind = kind == Ragged || member == Ragged ? Ragged : Mix(kind, member);
        }
        while (_cursor.TrySkip((byte)','));
        return _cursor.TrySkip((byte)'}');
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var mixed = (a ^ b) * 0x9E3779B97F4A7C15UL;
        mixed ^= mixed >> 29;
        return mixed <= 16 ? mixed + 17 : mixed;
    }
}
