using System.Diagnostics;
using System.Globalization;
using Seldon.Functions.Scaling;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>
/// <c>scaling [folder]</c>: the delivered settings against KEDA's defaults and what <c>func kubernetes deploy</c> writes, in every trace;
/// a table, and with a folder the plots. It fails where the settings do not keep to what is said of them.
/// <c>scaling sweep</c>: what other settings would come to. It needs kubectl, which renders the manifests.
/// </summary>
internal static class ScalingCommand
{
    /// <summary>The same as KEDA's defaults, with an image that does not hear that it is to stop.</summary>
    private static readonly ScalingSettings Deployed = new("func kubernetes deploy") { Drains = false };

    public static int Run(string[] args)
    {
        var (app, standalone) = (Delivered("keda/base"), Delivered("keda/overlays/standalone"));
        if (args is ["sweep"])
        {
            ScalingSweep.Print(Conditions.SlowApp, app);
            ScalingSweep.Print(Conditions.SlowStandalone, standalone);
            return 0;
        }
        Console.WriteLine("Of each: seconds that a record waits longer than at full strength / changes on average / replica-hours.");
        Console.WriteLine();
        Console.WriteLine("| host and model | partitions | threshold | trace | needed hours | least changes | ours | ours with tolerances | KEDA's defaults | func kubernetes deploy |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var problems = new List<string>();
        foreach (var (conditions, ours, isFit) in new[]
        {
            (Conditions.SlowApp, app, true),
            (Conditions.FastApp, app, false),
            (Conditions.FastApp, app with { LagThreshold = 1500 }, true),
            (Conditions.SlowStandalone, standalone, true),
            (Conditions.FastStandalone, standalone, false),
            (Conditions.FastStandalone, standalone with { LagThreshold = 750 }, true),
            (Conditions.FastStandalone, standalone with { LagThreshold = 777 }, true),
            (Conditions.SlowStandalone with { Partitions = 64 }, standalone.With(64), false),
            (Conditions.SlowStandalone with { Partitions = 13 }, standalone.With(13), false),
            (Conditions.SlowStandalone with { Partitions = 5 }, standalone.With(5), false),
            (Conditions.SlowStandalone with { Partitions = 1 }, standalone.With(1), false),
        })
        {
            foreach (var trace in LoadTrace.All)
            {
                var comparison = Comparison.Of(ours, conditions, trace);
                problems.AddRange(isFit ? comparison.Problems() : comparison.Late());
                var outcomes = new[] { comparison.Ours, ScalingOutcome.Of(ours.WithTolerances(), conditions, trace), comparison.Defaults, ScalingOutcome.Of(Deployed, conditions, trace) };
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {conditions.Name} | {conditions.Partitions} | {ours.LagThreshold} | {trace.Name} | {comparison.NeedHours:0.0} | {Need.LeastChanges(Need.Of(conditions, trace), 1.15)} | {string.Join(" | ", outcomes.Select(o => Show(o, comparison.Floor)))} |"));
                if (args is [var folder] && conditions.Partitions == 12 && isFit) Plot(folder, ours, conditions, trace);
            }
        }
        foreach (var problem in problems) Console.WriteLine(problem);
        return problems.Count == 0 ? 0 : 1;
    }

    private static string Show(ScalingOutcome outcome, int floor) =>
        string.Create(CultureInfo.InvariantCulture, $"{outcome.Oldest - floor} / {outcome.Changes.Average():0.0} / {outcome.ReplicaHours:0.0}");

    private static void Plot(string folder, ScalingSettings ours, Conditions conditions, LoadTrace trace) => ScalingPlot.Save(
        folder, trace, conditions.Name,
        [.. new[] { ours, Comparison.KedaDefaults, Deployed }.Select(s => (s.Name, new Simulation(s, conditions, phase: 0).Run(trace)))]);

    private static ScalingSettings Delivered(string folder)
    {
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Path.Combine(Root(), folder)]) { RedirectStandardOutput = true })!;
        var rendered = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        return kubectl.ExitCode == 0 ? ScalingSettings.FromManifests(rendered) : throw new InvalidOperationException($"kubectl does not render {folder}.");
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Seldon.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no Seldon.Functions.sln above {AppContext.BaseDirectory}.");
    }
}
