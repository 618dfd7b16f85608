using System.Buffers.Binary;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>Numbers as tensors hold them in bytes: 32 bits wide, the lowest byte first, without padding.</summary>
internal static class LittleEndian
{
    /// <summary>The numbers; none if the bytes are no whole number of them.</summary>
    public static float[] ReadSingles(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % sizeof(float) != 0) return [];
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        return values;
    }

    public static byte[] WriteSingles(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return bytes;
    }
}
