using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Whether a ModelInferRequest is complete: read from Google's messages, in the plainest way.</summary>
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
        ["BYTES"] = (0, null),
        ["FP16"] = (2, null),
        ["BF16"] = (2, null),
    };

    public static bool IsComplete(ModelInferRequest request)
    {
        if (request.ModelName.Length == 0 || request.Inputs.Count == 0) return false;
        var (inputs, raws) = (request.Inputs, request.RawInputContents);
        if (inputs.Any(i => i.Datatype.Length == 0 || !CanBe(i) || !IsTypedRight(i))) return false;
        var needing = inputs.Where(i => !HasOwn(i) && Elements(i) != 0).ToList();
        if (raws.Count > inputs.Count || raws.Count < needing.Count) return false;
        if (raws.Count == inputs.Count) return inputs.Zip(raws).All(i => IsRawRight(i.First, i.Second.ToByteArray()));
        return raws.Count != needing.Count || needing.Zip(raws).All(i => IsRawRight(i.First, i.Second.ToByteArray()));
    }

    private static bool HasOwn(InferInputTensor input) => input.Contents is { } c && All(c) + Unknown(c) > 0 || input.Parameters.ContainsKey("shared_memory_region");

    private static BigInteger? Elements(InferInputTensor input) => input.Shape.Contains(-1) ? null : input.Shape.Aggregate(BigInteger.One, (a, b) => a * b);

    private static bool CanBe(InferInputTensor input) => input.Shape.All(s => s >= -1) && input.Shape.TakeWhile(s => s >= 0).Aggregate(BigInteger.One, (a, b) => a * b) <= long.MaxValue
        && !(Elements(input) > long.MaxValue);

    private static bool IsTypedRight(InferInputTensor input)
    {
        if (input.Contents is not { } contents || !Types.TryGetValue(input.Datatype, out var type) || type.Typed is not { } count) return true;
        var found = count(contents);
        return found == 0 || found != All(contents) || Unknown(contents) > 0 || Elements(input) is null || found == Elements(input);
    }

    private static bool IsRawRight(InferInputTensor input, byte[] raw)
    {
        if (HasOwn(input) || !Types.TryGetValue(input.Datatype, out var type)) return true;
        return type.Bytes == 0 ? IsFramed(raw) : Elements(input) is not { } elements || raw.Length == elements * type.Bytes;
    }

    /// <summary>The bytes of fields that nobody knows yet.</summary>
    private static int Unknown(InferTensorContents contents) =>
        contents.CalculateSize() - InferTensorContents.Parser.WithDiscardUnknownFields(true).ParseFrom(contents.ToByteArray()).CalculateSize();

    private static int All(InferTensorContents c) =>
        c.BoolContents.Count + c.IntContents.Count + c.Int64Contents.Count + c.UintContents.Count + c.Uint64Contents.Count
        + c.Fp32Contents.Count + c.Fp64Contents.Count + c.BytesContents.Count;

    private static bool IsFramed(byte[] raw)
    {
        long at = 0;
        while (at + 4 <= raw.Length) at += 4 + (long)BinaryPrimitives.ReadUInt32LittleEndian(raw.AsSpan((int)at));
        return at == raw.Length;
    }
}
