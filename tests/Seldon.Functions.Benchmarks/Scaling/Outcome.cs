namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>What a run comes to.</summary>
/// <param name="Oldest">The greatest age, in seconds.</param>
/// <param name="Changes">How often the number of replicas changed.</param>
/// <param name="ReplicaHours">What it cost.</param>
internal readonly record struct Outcome(int Oldest, int Changes, double ReplicaHours)
{
    public static Outcome Of(IReadOnlyList<Sample> samples) => new(
        samples.Max(s => s.Age), samples.Zip(samples.Skip(1)).Count(pair => pair.First.Replicas != pair.Second.Replicas), samples.Sum(s => s.Replicas) / 3600.0);
}
