using System.Globalization;
using Seldon.Functions.Scaling;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>What other thresholds, windows and tolerances would come to, over all traces: what the delivered values were chosen from.</summary>
internal static class ScalingSweep
{
    private static readonly int[] Thresholds = [1000, 2000, 5000];
    private static readonly int[] Windows = [300, 1800, 3600];
    private static readonly double[] Down = [0.1, 0.9, 0.97];
    private static readonly double[] Up = [0.1, 0.5];

    public static void Print(ScalingSettings ours, Conditions[] all)
    {
        Console.WriteLine($"| records/s of one | threshold | down after, s | tolerance down | tolerance up | even | more than at full strength, s | changes ({string.Join(", ", LoadTrace.All.Select(t => t.Name))}) | replica-hours |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var conditions in all)
        {
            Print(conditions, Comparison.KedaDefaults);
            Print(conditions, ours with { IsEven = false });
            foreach (var settings in
                from threshold in Thresholds
                from window in Windows
                from down in Down
                from up in Up
                select ours with { LagThreshold = threshold, Up = ours.Up with { Tolerance = up }, Down = ours.Down with { Window = window, Tolerance = down } })
                Print(conditions, settings);
        }
    }

    private static void Print(Conditions conditions, ScalingSettings settings)
    {
        var outcomes = LoadTrace.All.Select(t => ScalingOutcome.Of(settings, conditions, t)).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {conditions.InstanceRate:0} | {settings.LagThreshold} | {settings.Down.Window} | {settings.Down.Tolerance} | {settings.Up.Tolerance} | {(settings.IsEven ? "yes" : "no")} | {outcomes.Zip(LoadTrace.All).Max(o => o.First.Oldest - Comparison.FloorOf(conditions, o.Second))} | {string.Join(", ", outcomes.Select(o => $"{o.Changes.Average():0.0}"))} | {outcomes.Sum(o => o.ReplicaHours):0} |"));
    }
}
