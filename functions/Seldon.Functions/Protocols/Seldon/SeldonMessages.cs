using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// Checks that a SeldonMessage says something that a SeldonMessage can say, and that its tensor fills its shape. Whether the model can
/// do without data is for the model to say.
/// </summary>
internal static class SeldonMessages
{
    public static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!SeldonShapes.Message.Matches(request)) return new("The bytes are not a complete SeldonMessage.");
        var (kind, data, saysAnything) = (0, new Data(), false);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            saysAnything |= field <= 7;
            if (field is < 3 or > 7) continue;
            // Of the members of a oneof, the one that comes last counts.
            if (field != kind) (kind, data) = (field, new Data());
            if (field == 3) data.Read(bytes);
        }
        if (!saysAnything) return new("The SeldonMessage has neither data nor anything else that is known.");
        return kind == 3 && !data.IsFull ? new("The SeldonMessage's data has a tensor with not as many values as its shape says.") : new(null);
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

        public readonly bool IsFull => _kind != 2 || _tensor.IsFull;

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
    }

    /// <summary>What a Tensor { 1 repeated int32 shape, 2 repeated double values } says, which may come in parts.</summary>
    private struct Tensor()
    {
        private UInt128 _elements = 1;
        private long _values;
        private bool _hasShape;
        private bool _isOpen;
        private bool _cannotBe;

        /// <summary>Whether there are as many values as the shape says; without a shape, or with -1 in it, any number will do.</summary>
        public readonly bool IsFull => !_cannotBe && (!_hasShape || _isOpen || _elements == (UInt128)(ulong)_values);

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

        // A negative int32 is written as a number beyond.
        private void Multiply(ulong size)
        {
            _hasShape = true;
            if ((long)size == -1)
            {
                _isOpen = true;
                return;
            }
            _cannotBe |= size > int.MaxValue || _elements > int.MaxValue;
            if (!_cannotBe) _elements *= size;
        }
    }
}
