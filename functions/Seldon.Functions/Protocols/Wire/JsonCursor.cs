using System.Buffers;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>A place in JSON text, which moves over strings and values where they are. It looks for their bounds only.</summary>
/// <param name="json">The text.</param>
/// <param name="at">Where to begin.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> json, int at)
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> EndsOfScalar = SearchValues.Create(",}] \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _json = json;

    /// <summary>The place.</summary>
    public int At { get; private set; } = at;

    /// <summary>The byte there; 0 at the end.</summary>
    public readonly byte Here => At < _json.Length ? _json[At] : (byte)0;

    public void SkipSpace()
    {
        var space = _json[At..].IndexOfAnyExcept(" \t\r\n"u8);
        At = space < 0 ? _json.Length : At + space;
    }

    /// <summary>Passes white space and this byte; false if another one follows.</summary>
    public bool TrySkip(byte expected)
    {
        SkipSpace();
        if (At >= _json.Length || _json[At] != expected) return false;
        At++;
        return true;
    }

    /// <param name="inside">Where the string is, without the quotes.</param>
    public bool TryPassString(out Range inside)
    {
        inside = default;
        if (At >= _json.Length || _json[At] != (byte)'"') return false;
        var start = ++At;
        while (true)
        {
            var next = _json[At..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0) return false;
            At += next;
            if (_json[At] == (byte)'"') break;
            At += 2;
            if (At > _json.Length) return false;
        }
        inside = start..At;
        At++;
        return true;
    }

    public bool TryPassValue(out Range value)
    {
        var start = At;
        value = default;
        if (At >= _json.Length) return false;
        if (_json[At] is (byte)'{' or (byte)'[')
        {
            if (!TryPassNested()) return false;
        }
        else if (_json[At] == (byte)'"')
        {
            if (!TryPassString(out _)) return false;
        }
        else
        {
            var length = _json[At..].IndexOfAny(EndsOfScalar);
            if (length <= 0) return false;
            At += length;
        }
        value = start..At;
        return true;
    }

    private bool TryPassNested()
    {
        for (var depth = 0; ;)
        {
            var next = _json[At..].IndexOfAny(Structure);
            if (next < 0) return false;
            At += next;
            if (_json[At] == (byte)'"')
            {
                if (!TryPassString(out _)) return false;
                continue;
            }
            depth += _json[At] is (byte)'{' or (byte)'[' ? 1 : -1;
            At++;
            if (depth == 0) return true;
        }
    }
}
