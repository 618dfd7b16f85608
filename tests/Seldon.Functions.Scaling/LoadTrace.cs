namespace Seldon.Functions.Scaling;

/// <summary>What comes, and how fast a model answers, over time.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="Load">Records per second at a second, as a share of what all instances together can do.</param>
/// <param name="Speed">How fast an instance is at a second, as a share of what was measured: 0 while its model is out.</param>
internal sealed record LoadTrace(string Name, int Seconds, Func<int, double> Load, Func<int, double> Speed)
{
    private const int Minute = 60;
    private const int Hour = 3600;

    public static readonly LoadTrace[] All =
    [
        new("ramp", 3 * Hour, t => t switch
        {
            < 30 * Minute => 0.6 * t / (30 * Minute),
            < 90 * Minute => 0.6,
            < 120 * Minute => 0.6 * (120 * Minute - t) / (30 * Minute),
            _ => 0,
        }, _ => 1) { MostChanges = 15 },
        // Four bursts of three minutes out of nearly nothing.
        new("burst", 2 * Hour, t => t % (30 * Minute) is >= 10 * Minute and < 13 * Minute ? 0.5 : 0.01, _ => 1) { MostChanges = 11 },
        // Nothing at all for some hours of the night.
        new("daily wave", 24 * Hour, t => Math.Max(0, 0.6 * Math.Sin((2 * Math.PI * t / (24 * Hour)) - (Math.PI / 2)) + 0.1), _ => 1) { MostChanges = 16 },
        // Every request is tried three times for twenty minutes: what a model does that answers 500 to some.
        new("poison", 2 * Hour, _ => 0.25, t => t is >= 40 * Minute and < 60 * Minute ? 1 / 3.0 : 1) { MostChanges = 6 },
        // Two instances would do with 94 % of what they can; the lag asks for three.
        new("model outage", 2 * Hour, _ => 0.15, t => t is >= 40 * Minute and < 50 * Minute ? 0 : 1) { MostChanges = 7, MostHours = 1.4 },
        // A burst, and one record every five seconds for hours.
        new("trickle", 6 * Hour, t => t is >= 10 * Minute and < 13 * Minute ? 0.5 : 0, _ => 1) { Trickle = 0.2, MostChanges = 4 },
        // A new topic that nobody has written to, and a new group.
        new("idle since deployment", 2 * Hour, _ => 0, _ => 1) { UncommittedFrom = 0 },
        // The records have expired, and then the group's offsets, too: there is nothing to read.
        new("group expired", 2 * Hour, _ => 0, _ => 1) { UncommittedFrom = 10 * Minute, End = 100_000, MostChanges = 4 },
    ];

    /// <summary>Records per second that come beside the load, whatever the instances can do.</summary>
    public double Trickle { get; init; }

    /// <summary>From which second on the group has no offsets, until an instance commits some; null: it always has.</summary>
    public int? UncommittedFrom { get; init; }

    /// <summary>Where each partition ends then. All records before it have expired.</summary>
    public long End { get; init; }

    /// <summary>
    /// How often the number of instances may change. KEDA's defaults change it less often in some traces, since they keep all instances
    /// whatever the load is.
    /// </summary>
    public int MostChanges { get; init; }

    /// <summary>Replica-hours that it may cost, in multiples of what the load needs.</summary>
    public double MostHours { get; init; } = 1.15;
}
