using System.Buffers.Binary;
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

    /// <summary>The features of all rows, or null and what is wrong with the tensor.</summary>
    public static float[]? ReadFeatures(Tensor tensor, out string? problem)
    {
        problem = null;
        if (tensor.Dtype != Float) return Stop($"{FlowerModel.InputName} has the type {tensor.Dtype} instead of DT_FLOAT", out problem);
        if (tensor.TensorShape?.Dim is not [{ Size: > 0 } rows, { Size: Flower.FeatureCount }])
            return Stop($"{FlowerModel.InputName} does not have the shape [n,{Flower.FeatureCount}]", out problem);
        if (Values(tensor) is not { } values || values.LongLength / Flower.FeatureCount != rows.Size || values.Length % Flower.FeatureCount != 0)
            return Stop($"{FlowerModel.InputName} does not have as many values as its shape says", out problem);
        return Array.TrueForAll(values, float.IsFinite) ? values : Stop($"{FlowerModel.InputName} has a value that is not finite", out problem);
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

    private static float[]? Stop(string message, out string? problem)
    {
        problem = message;
        return null;
    }
}
