namespace Seldon.Functions.Demo.Model;

/// <summary>A measured flower, lengths in centimetres, and which of the <see cref="FlowerClassifier.ClassNames"/> it is of.</summary>
internal readonly record struct Flower(float SepalLength, float SepalWidth, float PetalLength, float PetalWidth, int Class)
{
    /// <summary>How many measurements a flower has.</summary>
    public const int FeatureCount = 4;

    // Mean and deviation of the four lengths, per class. Made up: two of the classes overlap a little, as real ones do.
    private static readonly (double Mean, double Deviation)[][] Species =
    [
        [(5.0, 0.35), (3.4, 0.35), (1.5, 0.18), (0.3, 0.10)],
        [(5.9, 0.45), (2.8, 0.30), (4.3, 0.50), (1.4, 0.22)],
        [(6.6, 0.55), (3.0, 0.30), (5.5, 0.55), (2.0, 0.28)],
    ];

    /// <summary>The four lengths in the order in which the model takes them.</summary>
    public float[] ToFeatures() => [SepalLength, SepalWidth, PetalLength, PetalWidth];

    /// <summary>Flower number <paramref name="i"/> of an endless bed: the same in every run, of a class that looks random.</summary>
    /// <param name="bed">Which bed; the classifier learns from another one than the demo's records are picked from.</param>
    public static Flower Sample(int i, int bed = 0)
    {
        var place = ((ulong)(uint)bed << 35) | ((ulong)(uint)i << 3);
        var species = (int)(Chance.Mix(place + FeatureCount) % (uint)Species.Length);
        return new Flower(Length(0), Length(1), Length(2), Length(3), species);

        float Length(int feature)
        {
            var (mean, deviation) = Species[species][feature];
            return (float)Math.Max(0.1, Math.Round(mean + deviation * Chance.Normal(place + (uint)feature), 1));
        }
    }
}
