namespace Seldon.Functions.Protocols.Wire;

/// <summary>A field of a protobuf message, by its place in the body.</summary>
/// <param name="Number">Its number.</param>
/// <param name="WireType">How it is written.</param>
/// <param name="Start">Where its tag begins.</param>
/// <param name="Value">Where its value begins: for a length-delimited field, the bytes behind the length.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct WireField(int Number, int WireType, int Start, int Value, int End)
{
    public bool IsDelimited => WireType == WireReader.LengthDelimited;

    public int Length => End - Value;
}

/// <summary>Walks over the fields of a message within a body and says where they are.</summary>
/// <param name="body">The outermost message.</param>
/// <param name="start">Where the message begins.</param>
/// <param name="end">Where it ends.</param>
internal ref struct WireFields(byte[] body, int start, int end)
{
    private WireReader _reader = new(body.AsSpan(start, end - start));

    /// <param name="body">The message.</param>
    public WireFields(byte[] body)
        : this(body, 0, body.Length)
    {
    }

    /// <param name="body">The outermost message.</param>
    /// <param name="message">The field that is the message.</param>
    public WireFields(byte[] body, WireField message)
        : this(body, message.Value, message.End)
    {
    }

    /// <summary>The next field; false at the end, and where the bytes are not of the format.</summary>
    public bool TryNext(out WireField field)
    {
        field = default;
        var at = end - _reader.Remaining;
        if (!_reader.TryReadTag(out var number, out var wireType)) return false;
        var value = end - _reader.Remaining;
        if (wireType == WireReader.LengthDelimited)
        {
            if (!_reader.TryReadBytes(out var bytes)) return false;
            value = end - _reader.Remaining - bytes.Length;
        }
        else if (!_reader.TrySkip(wireType))
        {
            return false;
        }
        field = new WireField(number, wireType, at, value, end - _reader.Remaining);
        return true;
    }
}
