namespace Seldon.Functions.Demo.Model;

/// <summary>The model <c>flowers</c> without a protocol: its names, its classifier, and the time that it takes.</summary>
/// <param name="maxLatency">A prediction takes between nothing and this, by its features: the same time on every call. Zero: no wait at all.</param>
/// <param name="cost">What a prediction costs a processor besides; nothing by default.</param>
internal sealed class FlowerModel(TimeSpan maxLatency, TimeProvider time, ModelCost cost = default)
{
    public const string Name = "flowers";
    public const long Version = 1;
    public const string InputName = "features";
    public const string OutputName = "scores";

    private readonly FlowerClassifier _classifier = new();
    private Task _processor = Task.CompletedTask;
    private volatile string? _otherName;

    /// <summary>What is wrong with an input of this shape and these values; null if nothing.</summary>
    public static string? ProblemOf(ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        if (shape is not [> 0 and var rows, Flower.FeatureCount]) return $"{InputName} does not have the shape [n,{Flower.FeatureCount}]";
        if (values.Length / Flower.FeatureCount != rows || values.Length % Flower.FeatureCount != 0)
            return $"{InputName} does not have as many values as its shape says";
        foreach (var value in values)
        {
            if (!float.IsFinite(value)) return $"{InputName} has a value that is not finite";
        }
        return null;
    }

    /// <summary>From now on the model answers requests for this one, too.</summary>
    public void Deploy(string name) => _otherName = name;

    /// <summary>The model that a request by this name is for: this one by its own name, if it is this one.</summary>
    public string Resolve(string name) => name == _otherName ? Name : name;

    /// <summary>The scores of all rows, after the time that it takes.</summary>
    /// <param name="features">Rows of <see cref="Flower.FeatureCount"/> finite numbers.</param>
    public async ValueTask<float[]> PredictAsync(float[] features, CancellationToken cancellationToken)
    {
        if (maxLatency > TimeSpan.Zero) await Task.Delay(LatencyOf(features), time, cancellationToken).ConfigureAwait(false);
        var rows = features.Length / Flower.FeatureCount;
        if (cost != default) await ComputeAsync(cost.PerCall + (rows * cost.PerRow)).ConfigureAwait(false);
        var classes = FlowerClassifier.ClassNames.Count;
        var scores = new float[rows * classes];
        for (var row = 0; row < rows; row++)
            _classifier.Score(features.AsSpan(row * Flower.FeatureCount, Flower.FeatureCount), scores.AsSpan(row * classes, classes));
        return scores;
    }

    /// <summary>Keeps the one processor busy, once all predictions before have had it.</summary>
    private async ValueTask ComputeAsync(TimeSpan duration)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Interlocked.Exchange(ref _processor, done.Task).ConfigureAwait(false);
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < duration) Thread.SpinWait(50);
        done.SetResult();
    }

    private TimeSpan LatencyOf(float[] features)
    {
        ulong hash = 0;
        foreach (var feature in features) hash = Chance.Mix(hash ^ BitConverter.SingleToUInt32Bits(feature));
        return maxLatency * Chance.Uniform(hash);
    }
}
