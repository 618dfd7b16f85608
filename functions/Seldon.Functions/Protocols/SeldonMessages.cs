namespace Seldon.Functions.Protocols;

/// <summary>What a SeldonMessage must say besides being a whole message: some data, and tensors that fill their shapes.</summary>
internal static class SeldonMessages
{
    public static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!SeldonShapes.Message.Matches(request)) return new("The bytes are not a complete SeldonMessage.");
        var hasData = false;
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            hasData |= field is >= 3 and <= 7;
            if (field == 3 && FindProblem(bytes) is { } problem) return new($"The SeldonMessage's data {problem}.");
        }
        return hasData ? new(null) : new("The SeldonMessage has no data.");
    }

    /// <summary>The status of an answer that says FAILURE: Status { 1 code, 3 reason, 4 status }.</summary>
    public static BodyFailure? FailureIn(byte[] answer)
    {
        var (code, status) = (0L, 0L);
        ReadOnlySpan<byte> reason = default;
        var reader = new WireReader(answer);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field != 1) continue;
            var inner = new WireReader(bytes);
            while (inner.TryReadTag(out field, out var wireType))
            {
                if (wireType == WireReader.Varint)
                {
                    inner.TryReadVarint(out var value);
                    if (field == 1) code = (int)value;
                    if (field == 4) status = (long)value;
                }
                else if (field == 3)
                {
                    inner.TryReadBytes(out reason);
                }
                else
                {
                    inner.TrySkip(wireType);
                }
            }
        }
        return status == SeldonProtocol.Failure ? SeldonProtocol.ToFailure(code, reason) : null;
    }

    /// <summary>DefaultData { 1 names, oneof 2 tensor, 3 ndarray, 4 tftensor }: null if nothing is wrong.</summary>
    private static string? FindProblem(ReadOnlySpan<byte> data)
    {
        var hasValues = false;
        var reader = new WireReader(data);
        while (reader.TryReadField(out var field, out var bytes))
        {
            hasValues |= field is 2 or 3 or 4;
            if (field == 2 && !IsFull(bytes)) return "has a tensor with not as many values as its shape says";
        }
        return hasValues ? null : "has neither tensor, ndarray nor tftensor";
    }

    /// <summary>Tensor { 1 repeated int32 shape, 2 repeated double values }</summary>
    private static bool IsFull(ReadOnlySpan<byte> tensor)
    {
        var (elements, values) = ((UInt128)1, 0L);
        var reader = new WireReader(tensor);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (wireType == WireReader.LengthDelimited)
            {
                reader.TryReadBytes(out var packed);
                if (field == 2) values += packed.Length / sizeof(double);
                var sizes = new WireReader(packed);
                while (field == 1 && sizes.TryReadVarint(out var size))
                {
                    if (!TryMultiply(ref elements, size)) return false;
                }
            }
            else if (field == 1)
            {
                reader.TryReadVarint(out var size);
                if (!TryMultiply(ref elements, size)) return false;
            }
            else
            {
                reader.TrySkip(wireType);
                if (field == 2) values++;
            }
        }
        return elements == (UInt128)(ulong)values;
    }

    private static bool TryMultiply(ref UInt128 elements, ulong size)
    {
        // An int32 that is negative is written as a number beyond.
        if (size > int.MaxValue) return false;
        elements *= size;
        return elements <= int.MaxValue;
    }
}
