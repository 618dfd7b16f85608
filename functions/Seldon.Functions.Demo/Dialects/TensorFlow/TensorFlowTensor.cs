using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;
namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>The tensors of the model <c>flowers</c> as TensorFlow writes them: FLOAT [n,4] in, FLOAT [n,3] out.</summary>
internal static class TensorFlowTensor
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

    /// <summary>What metadata say of a tensor with any number of rows.</summary>
    public static TensorInfo InfoOf(string name, int columns) =>
        new() { Name = $"{name}:0", Dtype = Float, TensorShape = new TensorShape { Dim = { new Dim { Size = -1 }, new Dim { Size = columns } } } };

    /// <summary>The features of all rows, or null and what is wrong with the tensor.</summary>
    public static float[]? ReadFeatures(Tensor tensor, out string? problem)
    {
        var values = tensor.TensorContent.IsEmpty ? [.. tensor.FloatVal] : LittleEndian.ReadSingles(tensor.TensorContent.Span);
        problem = tensor.Dtype != Float
            ? $"{FlowerModel.InputName} has the type {tensor.Dtype} instead of DT_FLOAT"
            : FlowerModel.ProblemOf([.. tensor.TensorShape?.Dim.Select(dim => dim.Size) ?? []], values);
        return problem is null ? values : null;
    }
}
