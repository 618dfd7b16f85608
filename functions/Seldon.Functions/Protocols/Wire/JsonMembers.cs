namespace Seldon.Functions.Protocols.Wire;

/// <summary>
/// Walks over the members of a JSON object where they stand and makes nothing of them. Only their bounds are looked for, so that numbers
/// which are not JSON's (TensorFlow Serving writes NaN and Infinity) pass, and so does whatever follows the object.
/// </summary>
internal ref struct JsonMembers
{
    private JsonCursor _cursor;
    private bool _hasBegun;

    /// <param name="json">The text, which begins with the object.</param>
    public JsonMembers(ReadOnlySpan<byte> json)
        : this(json, json.Length - JsonText.WithoutMark(json).Length)
    {
    }

    /// <param name="json">The text.</param>
    /// <param name="at">Where the object begins.</param>
    public JsonMembers(ReadOnlySpan<byte> json, int at) => _cursor = new JsonCursor(json, at);

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
            if (!_cursor.TrySkip((byte)'{')) return false;
            _hasBegun = true;
            if (TryEnd()) return false;
        }
        else if (TryEnd() || !_cursor.TrySkip((byte)','))
        {
            return false;
        }
        _cursor.SkipSpace();
        if (!_cursor.TryPassString(out name) || !_cursor.TrySkip((byte)':')) return false;
        _cursor.SkipSpace();
        return _cursor.TryPassValue(out value);
    }

    private bool TryEnd()
    {
        _cursor.SkipSpace();
        if (_cursor.Here != (byte)'}') return false;
        End = _cursor.At;
        return true;
    }
}
