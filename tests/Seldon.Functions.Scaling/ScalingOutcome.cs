namespace Seldon.Functions.Scaling;

/// <summary>
/// What settings come to in a trace. KEDA's clock and the HPA's are not the same, and which second one looks after the other decides more
/// than it should: so all fifteen are run.
/// </summary>
/// <param name="Oldest">The greatest age of any run, in seconds.</param>
/// <param name="Changes">How often the number of replicas changed, in each run.</param>
/// <param name="ReplicaHours">What it costs, on average.</param>
internal sealed record ScalingOutcome(int Oldest, int[] Changes, double ReplicaHours)
{
    public static ScalingOutcome Of(ScalingSettings settings, Conditions conditions, LoadTrace trace)
    {
        var runs = Enumerable.Range(0, Hpa.Period)
            .Select(phase => new Simulation(settings, conditions, phase).Run(trace))
            .Select(s => (Oldest: s.Max(x => x.Age), Changes: s.Sum(x => x.Changes), Hours: s.Sum(x => x.Replicas) / 3600.0)).ToList();
        return new ScalingOutcome(runs.Max(r => r.Oldest), [.. runs.Select(r => r.Changes)], runs.Average(r => r.Hours));
    }
}
