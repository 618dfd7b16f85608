using System.Globalization;
using Seldon.Functions.Scaling;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>
/// <c>scaling [folder]</c>: the delivered settings against KEDA's defaults and what <c>func kubernetes deploy</c> writes, in every trace;
/// a table, and with a folder the plots of 12 partitions. It fails where the settings do not keep to what is said of them.
/// <c>scaling sweep</c>: what other settings would come to.
/// </summary>
internal static class ScalingCommand
{
    /// <summary>How many partitions the manifest is written for; for others it is changed as it tells whoever has others.</summary>
    private const int Delivered = 12;

    private static readonly Conditions[] All =
    [
        new(Delivered, Conditions.Measured), new(Delivered, Conditions.Slow), new(64, Conditions.Measured), new(64, Conditions.Slow),
        new(1, Conditions.Measured), new(1, Conditions.Slow),
    ];

    /// <summary>The same as KEDA's defaults, with an image that does not hear that it is to stop.</summary>
    private static readonly ScalingSettings Deployed = new("func kubernetes deploy") { Drains = false };

    public static int Run(string[] args)
    {
        var ours = ScalingSettings.FromManifest(File.ReadAllText(Path.Combine(Root(), "keda/base/scaled-object.yaml")));
        if (args is ["sweep"])
        {
            ScalingSweep.Print(ours, [.. All.Where(c => c.Partitions == Delivered)]);
            return 0;
        }
        Console.WriteLine("| partitions | records/s of one | trace | settings | more than at full strength, s | changes | on average | replica-hours |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var problems = new List<string>();
        foreach (var conditions in All)
        {
            foreach (var trace in LoadTrace.All)
            {
                var comparison = Comparison.Of(conditions.Partitions == Delivered ? ours : ours.With(conditions.Partitions), conditions, trace);
                problems.AddRange(comparison.Problems());
                Print(comparison, ours.Name, comparison.Ours);
                Print(comparison, Comparison.KedaDefaults.Name, comparison.Defaults);
                Print(comparison, Deployed.Name, ScalingOutcome.Of(Deployed, conditions, trace));
                if (args is [var folder] && conditions.Partitions == Delivered) Plot(folder, ours, conditions, trace);
            }
        }
        foreach (var problem in problems) Console.WriteLine(problem);
        if (problems.Count == 0) Console.WriteLine($"Within {Comparison.TargetSeconds} s and with fewer changes than KEDA's defaults in every trace; with one partition as many.");
        return problems.Count == 0 ? 0 : 1;
    }

    private static void Print(Comparison comparison, string name, ScalingOutcome outcome) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {comparison.Conditions.Partitions} | {comparison.Conditions.InstanceRate:0} | {comparison.Trace.Name} | {name} | {outcome.Oldest - comparison.Floor} | {Range(outcome.Changes)} | {outcome.Changes.Average():0.0} | {outcome.ReplicaHours:0.0} |"));

    private static string Range(int[] changes) => changes.Min() == changes.Max() ? $"{changes.Min()}" : $"{changes.Min()}-{changes.Max()}";

    private static void Plot(string folder, ScalingSettings ours, Conditions conditions, LoadTrace trace) => ScalingPlot.Save(
        folder, trace, conditions.InstanceRate,
        [.. new[] { ours, Comparison.KedaDefaults, Deployed }.Select(s => (s.Name, new Simulation(s, conditions, phase: 0).Run(trace)))]);

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Seldon.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no Seldon.Functions.sln above {AppContext.BaseDirectory}.");
    }
}
