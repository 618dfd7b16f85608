using System.Buffers.Binary;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// An input tensor in place: InferInputTensor { 1 name, 2 datatype, 3 shape, 4 parameters, 5 contents }, whose wire format has been
/// checked. Elements are counted only where there is one way to count them; all else is left to the server.
/// </summary>
internal readonly ref struct OpenInferenceTensor
{
    /// <summary>The field of InferTensorContents that holds the elements of BYTES, each of any length.</summary>
    private const int BytesField = 8;

    private const string WrongCount = "does not have as many elements as its shape says";

    /// <summary>The datatypes: which field of InferTensorContents holds their elements (0: none does), and an element's bytes in raw contents.</summary>
    private static readonly (byte[] Name, int Field, int Bytes)[] Types =
    [
        ("FP32"u8.ToArray(), 6, 4), ("INT64"u8.ToArray(), 3, 8), ("INT32"u8.ToArray(), 2, 4), ("FP64"u8.ToArray(), 7, 8), ("BYTES"u8.ToArray(), BytesField, 0),
        ("UINT8"u8.ToArray(), 4, 1), ("INT8"u8.ToArray(), 2, 1), ("BOOL"u8.ToArray(), 1, 1), ("FP16"u8.ToArray(), 0, 2), ("BF16"u8.ToArray(), 0, 2),
        ("INT16"u8.ToArray(), 2, 2), ("UINT16"u8.ToArray(), 4, 2), ("UINT32"u8.ToArray(), 4, 4), ("UINT64"u8.ToArray(), 5, 8),
    ];

    private readonly ReadOnlySpan<byte> _datatype;
    private readonly long? _elements = 1;
    private readonly int _typedField;
    private readonly long _typed;
    private readonly bool _isInSharedMemory;
    private readonly bool _cannotBe;

    public OpenInferenceTensor(ReadOnlySpan<byte> tensor)
    {
        var reader = new WireReader(tensor);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 3 && wireType == WireReader.Varint)
            {
                reader.TryReadVarint(out var size);
                _cannotBe |= !TryMultiply(ref _elements, size);
            }
            else if (wireType != WireReader.LengthDelimited)
            {
                reader.TrySkip(wireType);
            }
            else
            {
                reader.TryReadBytes(out var bytes);
                if (field == 2) _datatype = bytes;
                if (field == 3) _cannotBe |= !TryMultiplyAll(ref _elements, bytes);
                if (field == 4) _isInSharedMemory |= IsSharedMemory(bytes);
                if (field == 5) Count(bytes, ref _typedField, ref _typed);
            }
        }
    }

    /// <summary>Whether its elements can only be in raw contents: it has some, and they are nowhere else.</summary>
    public bool NeedsRaw => _typedField == 0 && !_isInSharedMemory && _elements != 0;

    /// <summary>Describes what is wrong with the tensor itself, to follow "Input N"; null if nothing.</summary>
    public string? FindProblem()
    {
        if (_cannotBe) return "has a shape that cannot be";
        if (_datatype.IsEmpty) return "has no datatype";
        // How many elements of a shape one of BYTES is, servers see differently.
        return _typedField is 0 or BytesField || _typedField != Find(_datatype).Field || _elements is not { } elements || _typed == elements ? null : $"{WrongCount} ({elements})";
    }

    /// <summary>Describes what is wrong with its raw contents, to follow "Input N"; null if nothing, or if they are not its only ones.</summary>
    public string? FindProblemOfRaw(ReadOnlySpan<byte> raw)
    {
        if (_typedField != 0 || _isInSharedMemory) return null;
        var (field, bytes) = Find(_datatype);
        if (field == BytesField) return CountFrames(raw) >= 0 ? null : "has raw BYTES that are cut off";
        return bytes == 0 || _elements is not { } elements || (Int128)elements * bytes == raw.Length ? null : $"{WrongCount} ({elements})";
    }

    /// <summary>The field of typed contents and the bytes of an element; 0 for none, and for a datatype that only the server knows.</summary>
    private static (int Field, int Bytes) Find(ReadOnlySpan<byte> datatype)
    {
        foreach (var (name, field, bytes) in Types)
        {
            if (datatype.SequenceEqual(name)) return (field, bytes);
        }
        return (0, 0);
    }

    /// <summary>An entry { 1 key, 2 value } of the parameters by which a client says that the contents are in the server's memory already.</summary>
    private static bool IsSharedMemory(ReadOnlySpan<byte> parameter)
    {
        var reader = new WireReader(parameter);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1 && bytes.SequenceEqual("shared_memory_region"u8)) return true;
        }
        return false;
    }

    private static bool TryMultiplyAll(ref long? elements, ReadOnlySpan<byte> packed)
    {
        var sizes = new WireReader(packed);
        while (sizes.TryReadVarint(out var size))
        {
            if (!TryMultiply(ref elements, size)) return false;
        }
        return true;
    }

    /// <summary>Null elements: a size is -1, which leaves the number open.</summary>
    private static bool TryMultiply(ref long? elements, ulong size)
    {
        if ((long)size == -1) elements = null;
        else if (size > long.MaxValue) return false;
        if (elements is not { } known) return true;
        var product = (UInt128)(ulong)known * size;
        if (product > long.MaxValue) return false;
        elements = (long)product;
        return true;
    }

    /// <summary>Counts the elements of typed contents, which may come in parts.</summary>
    /// <param name="only">The one field that has any; 0 while none has, -1 if several have.</param>
    private static void Count(ReadOnlySpan<byte> contents, ref int only, ref long count)
    {
        var reader = new WireReader(contents);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            ReadOnlySpan<byte> run = default;
            if (wireType == WireReader.LengthDelimited) reader.TryReadBytes(out run);
            else reader.TrySkip(wireType);
            var elements = wireType != WireReader.LengthDelimited ? 1 : field switch { 6 => run.Length / 4, 7 => run.Length / 8, < BytesField => WireReader.CountVarints(run), _ => 1 };
            if (elements == 0) continue;
            only = only == 0 || only == field ? field : -1;
            count += elements;
        }
    }

    /// <summary>How many elements of BYTES there are: a length of 4 bytes, little-endian, before each; -1 if they are cut off.</summary>
    public static long CountFrames(ReadOnlySpan<byte> raw)
    {
        long count = 0;
        for (; !raw.IsEmpty; count++)
        {
            if (raw.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(raw) is var length && length > raw.Length - 4) return -1;
            raw = raw[(4 + (int)length)..];
        }
        return count;
    }
}
