namespace Seldon.Functions.Scaling;

/// <summary>Settings beside what they are compared with, in one trace.</summary>
/// <param name="Floor">The greatest age with all instances always running: what no scaling could better.</param>
/// <param name="NeedHours">Replica-hours that the load needs.</param>
internal sealed record Comparison(Conditions Conditions, LoadTrace Trace, int Floor, double NeedHours, ScalingOutcome Ours, ScalingOutcome Defaults)
{
    /// <summary>
    /// How much longer a record may wait than with all instances always running: to be seen by KEDA, for the HPA to believe it, for a pod to
    /// start, to be admitted to the group.
    /// </summary>
    public const int TargetSeconds = 120;

    /// <summary>Where the load needs nothing: one instance for the cooldown, and all of them for a minute or two.</summary>
    public const double HoursForNothing = 1;

    public static readonly ScalingSettings KedaDefaults = new("KEDA's defaults");

    public static Comparison Of(ScalingSettings ours, Conditions conditions, LoadTrace trace) => new(
        conditions, trace,
        new Simulation(ScalingSettings.AtFullStrength(conditions.Partitions), conditions, phase: 0).Run(trace).Max(s => s.Age),
        Need.Of(conditions, trace).Sum() / 3600.0,
        ScalingOutcome.Of(ours, conditions, trace),
        ScalingOutcome.Of(KedaDefaults, conditions, trace));

    /// <summary>A record that waits longer than it may: with no number of partitions and no threshold.</summary>
    public IEnumerable<string> Late()
    {
        if (Ours.Oldest - Floor > TargetSeconds) yield return $"{Trace.Name}, {Conditions.Name}: a record waits {Ours.Oldest - Floor} s, more than {TargetSeconds}";
    }

    /// <summary>What the settings do not keep to, where the threshold fits the instance and the partitions have divisors.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var late in Late()) yield return late;
        var name = $"{Trace.Name}, {Conditions.Name}";
        // What nobody commits is lag for good.
        var most = NeedHours > 0 ? Trace.MostHours * NeedHours : Trace.End > 0 && !Conditions.CommitsEnds ? double.PositiveInfinity : HoursForNothing;
        if (Ours.ReplicaHours > most) yield return $"{name}: {Ours.ReplicaHours:0.0} replica-hours, more than {most:0.0}; the load needs {NeedHours:0.0}";
        var changes = Ours.Changes.Average();
        if (changes > Trace.MostChanges) yield return $"{name}: {changes:0.0} changes of replicas, more than {Trace.MostChanges}; {Defaults.Changes.Average():0.0} with {KedaDefaults.Name}";
    }
}
