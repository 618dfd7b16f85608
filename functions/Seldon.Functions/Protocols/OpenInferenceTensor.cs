using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Seldon.Functions.Protocols;

/// <summary>Whether an input tensor has as many elements as its shape says, in the place that its datatype says.</summary>
internal static class OpenInferenceTensor
{
    /// <summary>The datatypes: which field of InferTensorContents holds their elements (0: none can), and an element's bytes in raw contents.</summary>
    private static readonly (byte[] Name, int Field, int Bytes)[] Types =
    [
        ("FP32"u8.ToArray(), 6, 4), ("INT64"u8.ToArray(), 3, 8), ("INT32"u8.ToArray(), 2, 4), ("FP64"u8.ToArray(), 7, 8), ("BYTES"u8.ToArray(), 8, 0),
        ("UINT8"u8.ToArray(), 4, 1), ("INT8"u8.ToArray(), 2, 1), ("BOOL"u8.ToArray(), 1, 1), ("FP16"u8.ToArray(), 0, 2), ("BF16"u8.ToArray(), 0, 2),
        ("INT16"u8.ToArray(), 2, 2), ("UINT16"u8.ToArray(), 4, 2), ("UINT32"u8.ToArray(), 4, 4), ("UINT64"u8.ToArray(), 5, 8),
    ];

    /// <summary>What is wrong, to follow "Input N"; null if nothing. A datatype that is not of the protocol is left to the server.</summary>
    /// <param name="tensor">InferInputTensor { 1 name, 2 datatype, 3 shape, 4 parameters, 5 contents }, whose shape has been checked.</param>
    /// <param name="raw">Its raw contents.</param>
    /// <param name="hasRaw">Whether the request has raw contents, for all inputs.</param>
    public static string? FindProblem(ReadOnlySpan<byte> tensor, ReadOnlySpan<byte> raw, bool hasRaw)
    {
        long elements = 1;
        ReadOnlySpan<byte> datatype = default;
        var hasContents = false;
        var reader = new WireReader(tensor);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 3 && wireType == WireReader.Varint)
            {
                reader.TryReadVarint(out var size);
                if (!TryMultiply(ref elements, size)) return "has a shape that cannot be";
            }
            else if (wireType != WireReader.LengthDelimited)
            {
                reader.TrySkip(wireType);
            }
            else
            {
                reader.TryReadBytes(out var bytes);
                if (field == 2) datatype = bytes;
                if (field == 5) hasContents |= bytes.Length > 0;
                if (field == 3 && !TryMultiplyAll(ref elements, bytes)) return "has a shape that cannot be";
            }
        }
        if (hasRaw && hasContents) return "has typed contents beside raw ones";
        foreach (var (name, field, bytes) in Types)
        {
            if (!datatype.SequenceEqual(name)) continue;
            if (!hasRaw && field == 0) return "has a datatype that only raw contents can carry";
            var found = !hasRaw ? CountTyped(tensor, field) : bytes > 0 ? CountFixed(raw, bytes) : CountFramed(raw);
            return found == elements ? null : $"has not as many elements as its shape says ({elements})";
        }
        return datatype.IsEmpty ? "has no datatype" : null;
    }

    private static bool TryMultiplyAll(ref long elements, ReadOnlySpan<byte> packed)
    {
        var sizes = new WireReader(packed);
        while (sizes.TryReadVarint(out var size))
        {
            if (!TryMultiply(ref elements, size)) return false;
        }
        return true;
    }

    private static bool TryMultiply(ref long elements, ulong size)
    {
        var product = (UInt128)(ulong)elements * size;
        if (size > long.MaxValue || product > long.MaxValue) return false;
        elements = (long)product;
        return true;
    }

    /// <summary>Elements of the one field that the datatype has; -1 if another field has any. The contents may come in parts.</summary>
    private static long CountTyped(ReadOnlySpan<byte> tensor, int expected)
    {
        long count = 0;
        var parts = new WireReader(tensor);
        while (parts.TryReadField(out var part, out var contents))
        {
            var reader = new WireReader(contents);
            while (part == 5 && reader.TryReadTag(out var field, out var wireType))
            {
                ReadOnlySpan<byte> bytes = default;
                var isOne = wireType != WireReader.LengthDelimited || field == 8;
                if (wireType == WireReader.LengthDelimited) reader.TryReadBytes(out bytes);
                else reader.TrySkip(wireType);
                var elements = isOne ? 1 : field switch { 6 => bytes.Length / 4, 7 => bytes.Length / 8, _ => CountVarints(bytes) };
                if (field == expected) count += elements;
                else if (field <= 8 && elements > 0) return -1;
            }
        }
        return count;
    }

    private static long CountFixed(ReadOnlySpan<byte> raw, int bytes) => raw.Length % bytes == 0 ? raw.Length / bytes : -1;

    /// <summary>BYTES: a length of 4 bytes, little-endian, before each element.</summary>
    private static long CountFramed(ReadOnlySpan<byte> raw)
    {
        long count = 0;
        for (; !raw.IsEmpty; count++)
        {
            if (raw.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(raw) is var length && length > raw.Length - 4) return -1;
            raw = raw[(4 + (int)length)..];
        }
        return count;
    }

    /// <summary>Every varint has one byte without the continuation bit: its last.</summary>
    private static long CountVarints(ReadOnlySpan<byte> packed)
    {
        long count = 0;
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(packed);
        foreach (var vector in vectors)
            count -= Vector.Sum(Vector.AsVectorSByte(Vector.LessThan(vector, new Vector<byte>(0x80))));
        foreach (var b in packed[(vectors.Length * Vector<byte>.Count)..])
        {
            if (b < 0x80) count++;
        }
        return count;
    }
}
