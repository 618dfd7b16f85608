using System.Buffers.Binary;
using Grpc.Core;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>The tensors of the model <c>flowers</c>: FLOAT [n,4] in, FLOAT [n,3] out.</summary>
internal static class FlowerTensor
{
    /// <summary>DT_FLOAT.</summary>
    private const int Float = 1;

    /// <summary>A tensor of rows of this many values each.</summary>
    public static Tensor Of(ReadOnlySpan<float> values, int columns)
    {
        var tensor = new Tensor { Dtype = Float, TensorShape = new TensorShape() };
        tensor.FloatVal.Capacity = values.Length;
        tensor.TensorShape.Dim.Add(new Dim { Size = values.Length / columns });
        tensor.TensorShape.Dim.Add(new Dim { Size = columns });
        foreach (var value in values) tensor.FloatVal.Add(value);
        return tensor;
    }

    /// <summary>The features of all rows, or null and why the tensor is refused.</summary>
    public static float[]? ReadFeatures(Tensor tensor, out Refusal? refusal)
    {
        refusal = null;
        if (tensor.Dtype != Float) return Refuse($"{FlowerModel.InputName} has the type {tensor.Dtype} instead of DT_FLOAT", out refusal);
        if (tensor.TensorShape?.Dim is not [{ Size: > 0 } rows, { Size: Flower.FeatureCount }])
            return Refuse($"{FlowerModel.InputName} does not have the shape [n,{Flower.FeatureCount}]", out refusal);
        if (Values(tensor) is not { } values || values.LongLength / Flower.FeatureCount != rows.Size || values.Length % Flower.FeatureCount != 0)
            return Refuse($"{FlowerModel.InputName} does not have as many values as its shape says", out refusal);
        return Array.TrueForAll(values, float.IsFinite) ? values : Refuse($"{FlowerModel.InputName} has a value that is not finite", out refusal);
    }

    /// <summary>The values, in whichever of the two ways they are written; null if the bytes are no whole number of them.</summary>
    private static float[]? Values(Tensor tensor)
    {
        var content = tensor.TensorContent.Span;
        if (content.IsEmpty)
        {
            var values = new float[tensor.FloatVal.Count];
            tensor.FloatVal.CopyTo(values, 0);
            return values;
        }
        if (content.Length % sizeof(float) != 0) return null;
        var read = new float[content.Length / sizeof(float)];
        for (var i = 0; i < read.Length; i++) read[i] = BinaryPrimitives.ReadSingleLittleEndian(content[(i * sizeof(float))..]);
        return read;
    }

    private static float[]? Refuse(string message, out Refusal? refusal)
    {
        refusal = new Refusal(StatusCode.InvalidArgument, message);
        return null;
    }
}
