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
        }, _ => 1),
        // Four bursts of three minutes out of nearly nothing.
        new("burst", 2 * Hour, t => t % (30 * Minute) is >= 10 * Minute and < 13 * Minute ? 0.5 : 0.01, _ => 1),
        // Nothing at all for some hours of the night.
        new("daily wave", 24 * Hour, t => Math.Max(0, 0.6 * Math.Sin((2 * Math.PI * t / (24 * Hour)) - (Math.PI / 2)) + 0.1), _ => 1),
        // Every request is tried three times for twenty minutes: what a model does that answers 500 to some.
        new("poison", 2 * Hour, _ => 0.25, t => t is >= 40 * Minute and < 60 * Minute ? 1 / 3.0 : 1),
        new("model outage", 2 * Hour, _ => 0.15, t => t is >= 40 * Minute and < 50 * Minute ? 0 : 1),
    ];
}
