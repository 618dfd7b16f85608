using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Model;

/// <summary>
/// A small classifier that really computes: softmax regression, trained when it is made by gradient descent on 150 flowers.
/// It takes a few milliseconds and comes out the same every time.
/// </summary>
internal sealed class FlowerClassifier
{
    private const int SampleCount = 150;
    private const int TrainingBed = 1;
    private const int Steps = 300;
    private const double LearningRate = 0.5;
    private const int Classes = 3;
    private const int Features = Flower.FeatureCount;

    private readonly double[] _mean = new double[Features];
    private readonly double[] _deviation = new double[Features];

    // Per class its weights and, after them, its bias.
    private readonly double[] _weights = new double[Classes * (Features + 1)];

    public FlowerClassifier()
    {
        var flowers = Enumerable.Range(0, SampleCount).Select(i => Flower.Sample(i, TrainingBed)).ToArray();
        Standardise(flowers);
        Train(flowers);
        Accuracy = flowers.Count(flower => ClassOf(Score(flower.ToFeatures())) == flower.Class) / (double)SampleCount;
    }

    /// <summary>The classes, in the order of the scores.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["setosa", "versicolor", "virginica"];

    /// <summary>The share of the training flowers that it classifies as they are.</summary>
    public double Accuracy { get; }

    /// <summary>The number of the class with the highest score.</summary>
    public static int ClassOf(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[best]) best = c;
        }
        return best;
    }

    /// <summary>The probability of each class for a flower of these four measurements.</summary>
    public float[] Score(ReadOnlySpan<float> features)
    {
        var scores = new float[Classes];
        Score(features, scores);
        return scores;
    }

    /// <summary>Writes the probability of each class for a flower of these four measurements, which must be finite.</summary>
    public void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length, Features);
        Span<double> inputs = stackalloc double[Features];
        Span<double> probabilities = stackalloc double[Classes];
        Scale(features, inputs);
        Softmax(inputs, probabilities);
        for (var c = 0; c < Classes; c++) scores[c] = (float)probabilities[c];
    }

    /// <summary>Notes each feature's mean and deviation, so that all features weigh alike at the start.</summary>
    private void Standardise(Flower[] flowers)
    {
        for (var f = 0; f < Features; f++)
        {
            var lengths = flowers.Select(flower => (double)flower.ToFeatures()[f]).ToArray();
            _mean[f] = lengths.Average();
            _deviation[f] = Math.Sqrt(lengths.Average(length => (length - _mean[f]) * (length - _mean[f])));
        }
    }

    /// <summary>Each step moves the weights against the mean gradient of the cross-entropy: (probability - truth) · input.</summary>
    private void Train(Flower[] flowers)
    {
        var inputs = new double[flowers.Length * Features];
        for (var i = 0; i < flowers.Length; i++) Scale(flowers[i].ToFeatures(), inputs.AsSpan(i * Features, Features));

        Span<double> probabilities = stackalloc double[Classes];
        Span<double> gradient = stackalloc double[_weights.Length];
        for (var step = 0; step < Steps; step++)
        {
            gradient.Clear();
            for (var i = 0; i < flowers.Length; i++)
            {
                var input = inputs.AsSpan(i * Features, Features);
                Softmax(input, probabilities);
                for (var c = 0; c < Classes; c++)
                {
                    var error = probabilities[c] - (flowers[i].Class == c ? 1 : 0);
                    var row = gradient.Slice(c * (Features + 1), Features + 1);
                    for (var f = 0; f < Features; f++) row[f] += error * input[f];
                    row[Features] += error;
                }
            }
            for (var w = 0; w < _weights.Length; w++) _weights[w] -= LearningRate / flowers.Length * gradient[w];
        }
    }

    private void Scale(ReadOnlySpan<float> features, Span<double> inputs)
    {
        for (var f = 0; f < Features; f++) inputs[f] = (features[f] - _mean[f]) / _deviation[f];
    }

    private void Softmax(ReadOnlySpan<double> inputs, Span<double> probabilities)
    {
        var largest = double.NegativeInfinity;
        for (var c = 0; c < Classes; c++)
        {
            var row = _weights.AsSpan(c * (Features + 1), Features + 1);
            var logit = row[Features];
            for (var f = 0; f < Features; f++) logit += row[f] * inputs[f];
            probabilities[c] = logit;
            largest = Math.Max(largest, logit);
        }
        double sum = 0;
        for (var c = 0; c < Classes; c++) sum += probabilities[c] = Math.Exp(probabilities[c] - largest);
        for (var c = 0; c < Classes; c++) probabilities[c] /= sum;
    }
}
