namespace Seldon.Functions.Scaling;

/// <summary>What a trace needs of instances, for somebody who sees the load itself and what will come.</summary>
internal static class Need
{
    /// <summary>
    /// At every second the fewest instances of which none has more to do than it can; none while nothing comes; all while the model is out
    /// and while even all of them are behind.
    /// </summary>
    public static int[] Of(Conditions conditions, LoadTrace trace)
    {
        var all = conditions.Partitions;
        var shares = Enumerable.Range(0, all + 1).Select(n => ShareOf(n, all)).ToArray();
        var full = new Simulation(ScalingSettings.AtFullStrength(all), conditions, phase: 0).Run(trace);
        return [.. full.Select((sample, now) => sample.Age > 1 ? all : Enough(trace.Load(now) + (trace.Trickle / all / conditions.InstanceRate), trace.Speed(now)))];

        int Enough(double load, double speed) => Array.FindIndex(shares, s => load <= s * speed) is >= 0 and var enough ? enough : all;
    }

    /// <summary>
    /// The fewest changes of any schedule that is never below the need and costs no more than so many times as much: by trying them all, in
    /// steps of half a minute.
    /// </summary>
    public static int LeastChanges(int[] need, double times)
    {
        const int Step = 30;
        var steps = need.Chunk(Step).Select(s => s.Max()).ToArray();
        var most = steps.Max();
        // The least cost of being at so many instances now, after the changes that were looked at so far; it starts at none.
        for (var (changes, before) = (0, Array.Empty<double[]>()); ; changes++)
        {
            var costs = new double[steps.Length][];
            for (var i = 0; i < steps.Length; i++)
            {
                var cheapest = changes > 0 ? (i > 0 ? before[i - 1].Min() : 0) : double.PositiveInfinity;
                costs[i] = [.. Enumerable.Range(0, most + 1).Select(n => n < steps[i] ? double.PositiveInfinity : (n * Step) + Math.Min(cheapest, Stayed(i, n)))];

                double Stayed(int at, int n) => at > 0 ? costs[at - 1][n] : changes == 0 && n == 0 ? 0 : double.PositiveInfinity;
            }
            if (costs[^1].Min() <= Math.Max(times * need.Sum(), steps.Sum(s => (double)s * Step))) return changes;
            before = costs;
        }
    }

    /// <summary>How much of what all could do, if partitions were equal, so many instances can.</summary>
    private static double ShareOf(int instances, int partitions)
    {
        if (instances == 0) return 0;
        var shares = Simulation.Shares(partitions);
        return 1 / Enumerable.Range(0, instances).Max(m => Enumerable.Range(0, partitions).Where(p => p % instances == m).Sum(p => shares[p]));
    }
}
