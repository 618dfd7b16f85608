namespace Seldon.Functions.Scaling;

/// <summary>What a simulation takes for granted.</summary>
/// <param name="Name">Host and model, in a word each.</param>
/// <param name="InstanceRate">Records per second of one instance.</param>
/// <param name="CommitSeconds">
/// Seconds from a record's arrival to its commit while an instance keeps up: so many seconds' worth of the load are lag at any moment.
/// </param>
internal sealed record Conditions(string Name, double InstanceRate, double CommitSeconds)
{
    /// <summary>
    /// 200 ms a call, 64 calls at a time, in batches of 1,000. Computed: a second in which a batch fills, and 3.1 in which it is worked off.
    /// </summary>
    public static readonly Conditions SlowApp = new("app, slow model", 320, 4.1);

    /// <summary>A model of 0 to 20 ms. The rate is measured; the time computed, of batches that take a fifth of a second.</summary>
    public static readonly Conditions FastApp = new("app, fast model", 4888, 0.4);

    /// <summary>200 ms a call, 64 calls at a time, and the commit that follows within 200 ms.</summary>
    public static readonly Conditions SlowStandalone = new("standalone, slow model", 320, 0.37) { CommitsEnds = true };

    /// <summary>Both are measured: the rate (docs/benchmarks.md), and that 17 % of KEDA's looks show lag at one record a second.</summary>
    public static readonly Conditions FastStandalone = new("standalone, fast model", 5458, 0.17) { CommitsEnds = true };

    /// <summary>Partitions of the topic, and so the most instances.</summary>
    public int Partitions { get; init; } = 12;

    /// <summary>
    /// Whether an instance commits where a partition ends in which it finds nothing to read. The standalone host does, within seconds; the
    /// Functions host commits only what it has read.
    /// </summary>
    public bool CommitsEnds { get; init; }

    /// <summary>Records that an instance has in flight when it does all that it can.</summary>
    public double InFlight => InstanceRate * CommitSeconds;

    /// <summary>Seconds from being asked for to joining the group, the image being on the node. Not measured.</summary>
    public int StartSeconds { get; init; } = 20;

    /// <summary>An eager rebalance: for so many seconds all stop, finish their batch and join again. Not measured either.</summary>
    public int RebalanceSeconds { get; init; } = 5;
}
