using System.Buffers;
using System.Buffers.Text;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>Puts pieces of bodies together, in an array of the shared pool.</summary>
/// <param name="most">No more bytes than this are written.</param>
internal ref struct Splice(int most)
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(most);

    public int Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Write(int number)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(Length), out var written);
        Length += written;
    }

    /// <summary>What was written, in the array of the pool; nothing is written afterwards.</summary>
    public readonly ArraySegment<byte> Take() => new(_buffer, 0, Length);

    /// <summary>What was written, in an array of its exact size; nothing is written afterwards.</summary>
    public readonly byte[] ToArray()
    {
        var whole = _buffer.AsSpan(0, Length).ToArray();
        ArrayPool<byte>.Shared.Return(_buffer);
        return whole;
    }
}
