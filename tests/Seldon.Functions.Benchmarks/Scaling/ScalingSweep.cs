using System.Globalization;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>What other thresholds, windows and steps would come to, over all traces: what the delivered values were chosen from.</summary>
internal static class ScalingSweep
{
    private static readonly int[] Thresholds = [1000, 2000, 5000, 10_000, 20_000];
    private static readonly int[] Windows = [300, 600, 1800, 3600];
    private static readonly int[] Periods = [15, 60, 300];

    public static void Print(ScalingSettings ours, Conditions[] all)
    {
        Console.WriteLine("| records/s of one | threshold | down after, s | up every, s | worst age, s | changes | replica-hours |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var conditions in all)
        {
            Print(conditions, new ScalingSettings("KEDA's defaults"));
            foreach (var threshold in Thresholds)
            {
                foreach (var window in Windows)
                {
                    foreach (var period in Periods)
                    {
                        Print(conditions, ours with
                        {
                            LagThreshold = threshold,
                            Down = ours.Down with { Window = window },
                            Up = ours.Up with { Policies = [.. ours.Up.Policies.Select(p => p with { Period = period })] },
                        });
                    }
                }
            }
        }
    }

    private static void Print(Conditions conditions, ScalingSettings settings)
    {
        var outcomes = LoadTrace.All.Select(t => Outcome.Of(new Simulation(settings, conditions).Run(t))).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {conditions.InstanceRate:0} | {settings.LagThreshold} | {settings.Down.Window} | {settings.Up.Policies[0].Period} | {outcomes.Max(o => o.Oldest)} | {outcomes.Sum(o => o.Changes)} ({string.Join(' ', outcomes.Select(o => o.Changes))}) | {outcomes.Sum(o => o.ReplicaHours):0} |"));
    }
}
