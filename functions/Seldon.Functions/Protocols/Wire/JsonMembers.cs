using System.Buffers;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>
/// Walks over the members of a JSON object where they stand and makes nothing of them. Only their bounds are looked for, so that numbers
/// which are not JSON's (TensorFlow Serving writes NaN and Infinity) pass, and so does whatever follows the object.
/// </summary>
internal ref struct JsonMembers(ReadOnlySpan<byte> json)
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> EndsOfScalar = SearchValues.Create(",}] \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at = json.Length - JsonText.WithoutMark(json).Length;
    private bool _hasBegun;

    /// <summary>Whether the walk has come to the object's closing brace, and where that stands.</summary>
    public int? End { get; private set; }

    /// <summary>The next member; false at the object's end, and where the bytes are no object.</summary>
    /// <param name="name">Where its name stands, without the quotes.</param>
    /// <param name="value">Where its value stands.</param>
    public bool TryNext(out Range name, out Range value)
    {
        (name, value) = (default, default);
        if (!_hasBegun)
        {
            if (!TrySkip((byte)'{')) return false;
            _hasBegun = true;
            if (TryEnd()) return false;
        }
        else if (TryEnd() || !TrySkip((byte)','))
        {
            return false;
        }
        SkipSpace();
        if (!TryPassString(out name) || !TrySkip((byte)':')) return false;
        SkipSpace();
        return TryPassValue(out value);
    }

    private bool TryEnd()
    {
        SkipSpace();
        if (_at >= _json.Length || _json[_at] != (byte)'}') return false;
        End = _at;
        return true;
    }

    private bool TrySkip(byte expected)
    {
        SkipSpace();
        if (_at >= _json.Length || _json[_at] != expected) return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        var space = _json[_at..].IndexOfAnyExcept(" \t\r\n"u8);
        _at = space < 0 ? _json.Length : _at + space;
    }

    private bool TryPassString(out Range inside)
    {
        inside = default;
        if (_at >= _json.Length || _json[_at] != (byte)'"') return false;
        var start = ++_at;
        while (true)
        {
            var next = _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0) return false;
            _at += next;
            if (_json[_at] == (byte)'"') break;
            _at += 2;
            if (_at > _json.Length) return false;
        }
        inside = start.._at;
        _at++;
        return true;
    }

    private bool TryPassValue(out Range value)
    {
        var start = _at;
        value = default;
        if (_at >= _json.Length) return false;
        if (_json[_at] is (byte)'{' or (byte)'[')
        {
            if (!TryPassNested()) return false;
        }
        else if (_json[_at] == (byte)'"')
        {
            if (!TryPassString(out _)) return false;
        }
        else
        {
            var length = _json[_at..].IndexOfAny(EndsOfScalar);
            if (length <= 0) return false;
            _at += length;
        }
        value = start.._at;
        return true;
    }

    private bool TryPassNested()
    {
        for (var depth = 0; ;)
        {
            var next = _json[_at..].IndexOfAny(Structure);
            if (next < 0) return false;
            _at += next;
            if (_json[_at] == (byte)'"')
            {
                if (!TryPassString(out _)) return false;
                continue;
            }
            depth += _json[_at] is (byte)'{' or (byte)'[' ? 1 : -1;
            _at++;
            if (depth == 0) return true;
        }
    }
}
