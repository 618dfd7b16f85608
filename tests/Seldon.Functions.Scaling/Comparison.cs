namespace Seldon.Functions.Scaling;

/// <summary>The delivered settings beside what they are compared with, in one trace.</summary>
/// <param name="Floor">The greatest age with all instances always running: what no scaling could better.</param>
internal sealed record Comparison(Conditions Conditions, LoadTrace Trace, int Floor, ScalingOutcome Ours, ScalingOutcome Defaults)
{
    /// <summary>
    /// How much longer a record may wait than with all instances always running: to be seen by KEDA, for a pod to start, to be admitted to
    /// the group, and twice that for a burst which needs more than one step.
    /// </summary>
    public const int TargetSeconds = 120;

    public static readonly ScalingSettings KedaDefaults = new("KEDA's defaults");

    public static Comparison Of(ScalingSettings ours, Conditions conditions, LoadTrace trace) => new(
        conditions, trace, FloorOf(conditions, trace), ScalingOutcome.Of(ours, conditions, trace), ScalingOutcome.Of(KedaDefaults, conditions, trace));

    /// <summary>What the settings do not keep to.</summary>
    public IEnumerable<string> Problems()
    {
        var name = $"{Trace.Name}, {Conditions.Partitions} partitions, {Conditions.InstanceRate} records/s of one";
        if (Ours.Oldest - Floor > TargetSeconds) yield return $"{name}: a record waits {Ours.Oldest - Floor} s, more than {TargetSeconds}";
        // With one partition there is nothing to save: 0, 1, 0.
        var more = Ours.Changes.Zip(Defaults.Changes).Count(c => c.First > c.Second);
        if (more > 0 || (Conditions.Partitions > 1 && Ours.Changes.Sum() >= Defaults.Changes.Sum()))
            yield return $"{name}: {Ours.Changes.Average():0.0} changes of replicas, and {Defaults.Changes.Average():0.0} with KEDA's defaults; more in {more} of {Ours.Changes.Length} runs";
    }

    /// <summary>The greatest age with all instances always running.</summary>
    public static int FloorOf(Conditions conditions, LoadTrace trace) =>
        new Simulation(new ScalingSettings("all") { MinReplicas = conditions.Partitions }, conditions, phase: 0).Run(trace).Max(s => s.Age);
}
