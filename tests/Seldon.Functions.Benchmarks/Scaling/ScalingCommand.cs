using System.Globalization;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>
/// <c>scaling [folder]</c>: the delivered settings against KEDA's defaults and what <c>func kubernetes deploy</c> writes, in every trace;
/// a table, and with a folder the plots of 12 partitions. <c>scaling sweep</c>: what other thresholds, windows and steps would come to.
/// </summary>
internal static class ScalingCommand
{
    /// <summary>
    /// How much longer a record may wait than with all instances always running: to be seen by KEDA, for a pod to start, to be admitted to
    /// the group, and twice that for a burst which needs more than one step.
    /// </summary>
    public const int TargetSeconds = 120;

    /// <summary>Records per second of an instance as measured (README), the Functions app with a model of 0 to 20 ms.</summary>
    public const double Measured = 4888;

    /// <summary>That with a model of 200 ms: 64 calls under way.</summary>
    private const double Slow = 320;

    /// <summary>A pod that is scheduled, its image on the node, until it is in its group. Not measured: there was no cluster.</summary>
    private const int StartSeconds = 20;

    /// <summary>An eager rebalance: all stop, finish their batch and join again within the heartbeat interval.</summary>
    private const int RebalanceSeconds = 5;

    public static int Run(string[] args)
    {
        var ours = ScalingSettings.FromManifest(Path.Combine(Root(), "keda/base/scaled-object.yaml"));
        if (args is ["sweep"])
        {
            ScalingSweep.Print(ours, [new Conditions(12, Measured, StartSeconds, RebalanceSeconds), new Conditions(12, Slow, StartSeconds, RebalanceSeconds)]);
            return 0;
        }
        Console.WriteLine("| partitions | records/s of one | trace | settings | oldest, s | more than at full strength, s | changes | replica-hours |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var isWithin = true;
        foreach (var (partitions, rate) in new[] { (12, Measured), (12, Slow), (64, Measured), (1, Measured) })
        {
            var conditions = new Conditions(partitions, rate, StartSeconds, RebalanceSeconds);
            foreach (var trace in LoadTrace.All)
            {
                var floor = Outcome.Of(new Simulation(Full(partitions), conditions).Run(trace));
                var runs = Rivals(ours).Select(r => (r.Name, Samples: new Simulation(For(r, partitions), conditions).Run(trace))).ToList();
                foreach (var (name, samples) in runs)
                {
                    var outcome = Outcome.Of(samples);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"| {partitions} | {rate:0} | {trace.Name} | {name} | {outcome.Oldest} | {outcome.Oldest - floor.Oldest} | {outcome.Changes} | {outcome.ReplicaHours:0.0} |"));
                    if (name == ours.Name && outcome.Oldest - floor.Oldest > TargetSeconds) isWithin = false;
                }
                if (args is [var folder] && partitions == 12) ScalingPlot.Save(folder, trace, rate, runs);
            }
        }
        Console.WriteLine(isWithin ? $"Within {TargetSeconds} s everywhere." : $"Not within {TargetSeconds} s everywhere.");
        return isWithin ? 0 : 1;
    }

    /// <summary>What the settings are compared with: KEDA's defaults, and the same with an image that does not hear that it is to stop.</summary>
    public static ScalingSettings[] Rivals(ScalingSettings ours) =>
        [ours, new("KEDA's defaults"), new("func kubernetes deploy") { Drains = false }];

    /// <summary>As many as there are partitions, and a step up that may be as large, as the manifest has it for its own number.</summary>
    public static ScalingSettings For(ScalingSettings settings, int partitions) => settings.Name == "ours"
        ? settings with
        {
            MaxReplicas = partitions,
            Up = settings.Up with { Policies = [.. settings.Up.Policies.Select(p => !p.IsPercent && p.Value == settings.MaxReplicas ? p with { Value = partitions } : p)] },
        }
        : settings;

    public static ScalingSettings Full(int partitions) => new("all") { MinReplicas = partitions };

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Seldon.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no Seldon.Functions.sln above {AppContext.BaseDirectory}.");
    }
}
