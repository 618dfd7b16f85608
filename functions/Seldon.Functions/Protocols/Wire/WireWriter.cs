using System.Text;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>Writes the few protobuf messages that are made here: readiness requests, a model's address.</summary>
internal sealed class WireWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public WireWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public WireWriter Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Number(((ulong)field << 3) | WireReader.LengthDelimited);
        Number((ulong)bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    public WireWriter Varint(int field, long value)
    {
        Number(((ulong)field << 3) | WireReader.Varint);
        Number((ulong)value);
        return this;
    }

    private void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
