using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Dialects.TensorFlow;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.Seldon;

/// <summary>The data of Seldon's messages, the same over both transports: the answer's is of the kind that the request's is of.</summary>
internal static class SeldonData
{
    /// <summary>The features of all rows, or null and what is wrong with the message.</summary>
    public static float[]? ReadFeatures(SeldonMessage message, out string? problem)
    {
        switch (message.Data?.DataCase)
        {
            case DefaultData.DataOneofCase.Ndarray:
                return ReadRows(message.Data.Ndarray, out problem);
            case DefaultData.DataOneofCase.Tensor:
                float[] values = [.. message.Data.Tensor.Values.Select(value => (float)value)];
                problem = FlowerModel.ProblemOf([.. message.Data.Tensor.Shape], values);
                return problem is null ? values : null;
            case DefaultData.DataOneofCase.Tftensor:
                return TensorFlowTensor.ReadFeatures(message.Data.Tftensor, out problem);
            default:
                problem = "The message has neither data.ndarray nor data.tensor nor data.tftensor";
                return null;
        }
    }

    public static SeldonMessage Answer(SeldonMessage request, float[] scores)
    {
        var answer = new SeldonMessage { Data = new DefaultData { Names = { FlowerClassifier.ClassNames } } };
        if (request.Meta?.Puid is { Length: > 0 } puid) answer.Meta = new SeldonMeta { Puid = puid };
        var columns = FlowerClassifier.ClassNames.Count;
        switch (request.Data.DataCase)
        {
            case DefaultData.DataOneofCase.Ndarray:
                answer.Data.Ndarray = RowsOf(scores, columns);
                break;
            case DefaultData.DataOneofCase.Tensor:
                answer.Data.Tensor = TensorOf(scores, columns);
                break;
            default:
                answer.Data.Tftensor = TensorFlowTensor.Of(scores, columns);
                break;
        }
        return answer;
    }

    /// <summary>A list of rows of this many values each.</summary>
    public static ListValue RowsOf(float[] values, int columns) => new()
    {
        Values = { values.Chunk(columns).Select(row => Value.ForList([.. row.Select(value => Value.ForNumber(value))])) },
    };

    /// <summary>A tensor of rows of this many values each.</summary>
    public static SeldonTensor TensorOf(float[] values, int columns) => new()
    {
        Shape = { values.Length / columns, columns },
        Values = { values.Select(value => (double)value) },
    };

    private static float[]? ReadRows(ListValue rows, out string? problem)
    {
        var features = new List<float>(rows.Values.Count * Flower.FeatureCount);
        foreach (var row in rows.Values)
        {
            if (row.ListValue?.Values is not { Count: Flower.FeatureCount } values || values.Any(v => v.KindCase != Value.KindOneofCase.NumberValue))
            {
                problem = $"A row of ndarray is not a list of {Flower.FeatureCount} numbers";
                return null;
            }
            features.AddRange(values.Select(value => (float)value.NumberValue));
        }
        float[] all = [.. features];
        problem = FlowerModel.ProblemOf([rows.Values.Count, Flower.FeatureCount], all);
        return problem is null ? all : null;
    }
}
