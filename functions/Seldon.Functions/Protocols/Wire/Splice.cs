using System.Buffers;
using System.Buffers.Text;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>Puts pieces of bodies together. What it writes into is borrowed; the result is an array of its exact size.</summary>
/// <param name="most">No more bytes than this are written.</param>
internal ref struct Splice(int most) : IDisposable
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

    public readonly byte[] ToArray() => _buffer.AsSpan(0, Length).ToArray();

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
