using Grpc.Core;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>Why the model does not answer: TensorFlow Serving's code and text, the same over both transports.</summary>
internal sealed record Refusal(StatusCode Status, string Message);

/// <summary>The model <c>flowers</c> without a transport: its names, its classifier, and the time that it takes.</summary>
/// <param name="maxLatency">A prediction takes between nothing and this, by its features: the same time on every call. Zero: no wait at all.</param>
internal sealed class FlowerModel(TimeSpan maxLatency, TimeProvider time)
{
    public const string Name = "flowers";
    public const long Version = 1;
    public const string Signature = "serving_default";
    public const string InputName = "features";
    public const string OutputName = "scores";

    private readonly FlowerClassifier _classifier = new();

    /// <summary>Null if this server has what is asked for, and why not otherwise.</summary>
    public static Refusal? Find(string name, long? version, string? label, string? signature)
    {
        if (name.Length == 0) return new(StatusCode.InvalidArgument, "Missing model name");
        if (label is not null) return new(StatusCode.InvalidArgument, $"Unrecognized servable version label: {label}");
        if (name != Name || version is not (null or Version))
            return new(StatusCode.NotFound, $"Servable not found for request: {(version is null ? $"Latest({name})" : $"Specific({name}, {version})")}");
        return signature is null or "" or Signature ? null : new(StatusCode.FailedPrecondition, $"Serving signature key \"{signature}\" not found.");
    }

    /// <summary>The scores of all rows, after the time that it takes.</summary>
    /// <param name="features">Rows of <see cref="Flower.FeatureCount"/> finite numbers.</param>
    public async ValueTask<float[]> PredictAsync(float[] features, CancellationToken cancellationToken)
    {
        if (maxLatency > TimeSpan.Zero) await Task.Delay(LatencyOf(features), time, cancellationToken).ConfigureAwait(false);
        var rows = features.Length / Flower.FeatureCount;
        var classes = FlowerClassifier.ClassNames.Count;
        var scores = new float[rows * classes];
        for (var row = 0; row < rows; row++)
            _classifier.Score(features.AsSpan(row * Flower.FeatureCount, Flower.FeatureCount), scores.AsSpan(row * classes, classes));
        return scores;
    }

    private TimeSpan LatencyOf(float[] features)
    {
        ulong hash = 0;
        foreach (var feature in features) hash = Chance.Mix(hash ^ BitConverter.SingleToUInt32Bits(feature));
        return maxLatency * Chance.Uniform(hash);
    }
}
