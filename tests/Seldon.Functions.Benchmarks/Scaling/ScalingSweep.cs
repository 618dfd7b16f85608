using System.Globalization;
using Seldon.Functions.Scaling;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>What other thresholds, windows, tolerances and cooldowns would come to, over all traces: what the delivered values were chosen from.</summary>
internal static class ScalingSweep
{
    private static readonly double[] Thresholds = [0.5, 1, 1.5];
    private static readonly int[] Up = [0, 30, 60, 90];
    private static readonly int[] Down = [60, 300, 3600];
    private static readonly double[] Tolerances = [HpaRules.ClusterTolerance, 0.49, 0.6];

    public static void Print(Conditions conditions, ScalingSettings ours)
    {
        var needs = LoadTrace.All.Select(t => Comparison.Of(ours, conditions, t)).ToList();
        Console.WriteLine($"{conditions.Name}; of each trace: changes / replica-hours");
        Console.WriteLine();
        Console.WriteLine($"| threshold | up after, s | down after, s | tolerance down | cooldown, s | more than at full strength, s | {string.Join(" | ", LoadTrace.All.Select(t => t.Name))} |");
        Console.WriteLine($"|---|---|---|---|---|---|{string.Concat(LoadTrace.All.Select(_ => "---|"))}");
        Print(ours);
        Print(ours with { CooldownPeriod = 600 });
        foreach (var settings in
            from threshold in Thresholds
            from up in Up
            from down in Down
            from tolerance in Tolerances
            select ours with
            {
                LagThreshold = (long)(threshold * ours.LagThreshold),
                Up = ours.Up with { Window = up },
                Down = ours.Down with { Window = down, Tolerance = tolerance },
            })
            Print(settings);
        Console.WriteLine();

        void Print(ScalingSettings settings)
        {
            var outcomes = LoadTrace.All.Select(t => ScalingOutcome.Of(settings, conditions, t)).ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {settings.LagThreshold} | {settings.Up.Window} | {settings.Down.Window} | {settings.Down.Tolerance} | {settings.CooldownPeriod} | {outcomes.Zip(needs).Max(o => o.First.Oldest - o.Second.Floor)} | {string.Join(" | ", outcomes.Select(o => $"{o.Changes.Average():0.0} / {o.ReplicaHours:0.0}"))} |"));
        }
    }
}
