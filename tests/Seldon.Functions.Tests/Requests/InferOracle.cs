using System.Buffers.Binary;
using System.Numerics;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Tests.Requests;

/// <summary>Whether a ModelInferRequest has as many elements as its shapes say: read from Google's messages, in the plainest way.</summary>
internal static class InferOracle
{
    private static readonly Dictionary<string, (int Bytes, Func<InferTensorContents, int>? Typed)> Types = new()
    {
        ["BOOL"] = (1, c => c.BoolContents.Count),
        ["INT8"] = (1, c => c.IntContents.Count),
        ["INT16"] = (2, c => c.IntContents.Count),
        ["INT32"] = (4, c => c.IntContents.Count),
        ["INT64"] = (8, c => c.Int64Contents.Count),
        ["UINT8"] = (1, c => c.UintContents.Count),
        ["UINT16"] = (2, c => c.UintContents.Count),
        ["UINT32"] = (4, c => c.UintContents.Count),
        ["UINT64"] = (8, c => c.Uint64Contents.Count),
        ["FP32"] = (4, c => c.Fp32Contents.Count),
        ["FP64"] = (8, c => c.Fp64Contents.Count),
        ["BYTES"] = (0, c => c.BytesContents.Count),
        ["FP16"] = (2, null),
        ["BF16"] = (2, null),
    };

    public static bool IsComplete(ModelInferRequest request)
    {
        if (request.ModelName.Length == 0 || request.Inputs.Count == 0) return false;
        var raws = request.RawInputContents;
        if (raws.Count == 0) return request.Inputs.All(i => IsFull(i, null));
        return raws.Count == request.Inputs.Count && request.Inputs.Zip(raws).All(i => IsFull(i.First, i.Second.ToByteArray()));
    }

    private static bool IsFull(InferInputTensor input, byte[]? raw)
    {
        if (raw is not null && input.Contents is { } both && both.CalculateSize() > 0) return false;
        if (input.Shape.Any(s => s < 0)) return false;
        var elements = input.Shape.Aggregate(BigInteger.One, (a, b) => a * b);
        // What datatype it is, is the server's business; that there is one, is not.
        if (!Types.TryGetValue(input.Datatype, out var type)) return input.Datatype.Length > 0 && elements <= long.MaxValue;
        if (raw is not null) return type.Bytes == 0 ? Frames(raw) == elements : raw.Length == elements * type.Bytes;
        if (type.Typed is not { } count) return false;
        var contents = input.Contents ?? new InferTensorContents();
        return count(contents) == elements && count(contents) == All(contents);
    }

    private static int All(InferTensorContents c) =>
        c.BoolContents.Count + c.IntContents.Count + c.Int64Contents.Count + c.UintContents.Count + c.Uint64Contents.Count
        + c.Fp32Contents.Count + c.Fp64Contents.Count + c.BytesContents.Count;

    private static int Frames(byte[] raw)
    {
        var count = 0;
        for (long at = 0; at < raw.Length; count++)
        {
            if (at + 4 > raw.Length) return -1;
            at += 4 + (long)BinaryPrimitives.ReadUInt32LittleEndian(raw.AsSpan((int)at));
            if (at > raw.Length) return -1;
        }
        return count;
    }
}
