namespace Seldon.Functions.Protocols;

/// <summary>What a SeldonMessage must say besides being a whole message: some data, and tensors that fill their shapes.</summary>
internal static class SeldonMessages
{
    public static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!SeldonShapes.Message.Matches(request)) return new("The bytes are not a complete SeldonMessage.");
        var (kind, data) = (0, new Data());
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field is < 3 or > 7) continue;
            // Of the members of a oneof, the one that comes last counts.
            if (field != kind) (kind, data) = (field, new Data());
            if (field == 3) data.Read(bytes);
        }
        if (kind == 0) return new("The SeldonMessage has no data.");
        return kind == 3 && data.FindProblem() is { } problem ? new($"The SeldonMessage's data {problem}.") : new(null);
    }

    public static RequestCheck CheckList(byte[] list, ModelSelector route) =>
        SeldonShapes.List.Matches(list) ? new(null) : new("The bytes are not a complete SeldonMessageList.");

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

    /// <summary>What a DefaultData { 1 names, oneof 2 tensor, 3 ndarray, 4 tftensor } says, which may come in parts.</summary>
    private struct Data
    {
        private int _kind;
        private Tensor _tensor;

        public void Read(ReadOnlySpan<byte> data)
        {
            var reader = new WireReader(data);
            while (reader.TryReadField(out var field, out var bytes))
            {
                if (field is < 2 or > 4) continue;
                if (field != _kind) (_kind, _tensor) = (field, new Tensor());
                if (field == 2) _tensor.Read(bytes);
            }
        }

        public readonly string? FindProblem() => _kind switch
        {
            0 => "has neither tensor, ndarray nor tftensor",
            2 when !_tensor.IsFull => "has a tensor with not as many values as its shape says",
            _ => null,
        };
    }

    /// <summary>What a Tensor { 1 repeated int32 shape, 2 repeated double values } says, which may come in parts.</summary>
    private struct Tensor()
    {
        private UInt128 _elements = 1;
        private long _values;
        private bool _cannotBe;

        public readonly bool IsFull => !_cannotBe && _elements == (UInt128)(ulong)_values;

        public void Read(ReadOnlySpan<byte> tensor)
        {
            var reader = new WireReader(tensor);
            while (reader.TryReadTag(out var field, out var wireType))
            {
                if (wireType == WireReader.LengthDelimited)
                {
                    reader.TryReadBytes(out var packed);
                    if (field == 2) _values += packed.Length / sizeof(double);
                    var sizes = new WireReader(packed);
                    while (field == 1 && sizes.TryReadVarint(out var size)) Multiply(size);
                }
                else if (field == 1)
                {
                    reader.TryReadVarint(out var size);
                    Multiply(size);
                }
                else
                {
                    reader.TrySkip(wireType);
                    if (field == 2) _values++;
                }
            }
        }

        // An int32 that is negative is written as a number beyond.
        private void Multiply(ulong size)
        {
            _cannotBe |= size > int.MaxValue || _elements > int.MaxValue;
            if (!_cannotBe) _elements *= size;
        }
    }
}
