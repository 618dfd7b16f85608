using System.Globalization;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>What other thresholds, windows and an even distribution would come to, over all traces: what the delivered values were chosen from.</summary>
internal static class ScalingSweep
{
    private static readonly int[] Thresholds = [1000, 2000, 5000, 10_000];
    private static readonly int[] Windows = [300, 1800, 3600];
    private static readonly bool[] Evenness = [false, true];

    public static void Print(ScalingSettings ours, Conditions[] all)
    {
        Console.WriteLine("| records/s of one | threshold | down after, s | even | worst age, s | changes | replica-hours |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var conditions in all)
        {
            Print(conditions, new ScalingSettings("KEDA's defaults"));
            foreach (var threshold in Thresholds)
            {
                foreach (var window in Windows)
                {
                    foreach (var isEven in Evenness)
                    {
                        Print(conditions, ours with
                        {
                            LagThreshold = threshold,
                            Down = ours.Down with { Window = window },
                            IsEven = isEven,
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
            $"| {conditions.InstanceRate:0} | {settings.LagThreshold} | {settings.Down.Window} | {settings.IsEven} | {outcomes.Max(o => o.Oldest)} | {outcomes.Sum(o => o.Changes)} ({string.Join(' ', outcomes.Select(o => o.Changes))}) | {outcomes.Sum(o => o.ReplicaHours):0} |"));
    }
}
