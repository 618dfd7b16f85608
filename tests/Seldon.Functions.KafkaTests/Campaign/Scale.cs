namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>How much of each fault there is.</summary>
/// <param name="Kills">Instances killed in a row of that kind.</param>
/// <param name="Repeats">How often faults come that take a while.</param>
/// <param name="Outage">How long the model is down.</param>
/// <param name="Silence">How long a process or a broker stands still.</param>
/// <param name="Soak">How long the soak lasts.</param>
internal sealed record Scale(int Kills, int Repeats, TimeSpan Outage, TimeSpan Silence, TimeSpan Soak)
{
    private const int DefaultMinutes = 20;
    private const int KillsPerRow = 16;
    private static readonly TimeSpan OneKill = TimeSpan.FromSeconds(10);

    /// <summary>Whether times are judged: only where the campaign has the machine for itself, not among a build's tests.</summary>
    public bool JudgesTimes { get; init; }

    /// <summary>What every build can afford.</summary>
    public static Scale Bounded { get; } = new(2, 1, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

    /// <summary>The whole campaign; minutes beyond the default's are spent on kills, and a soak lasts as long as is asked for.</summary>
    public static Scale Full(int? minutes)
    {
        var more = TimeSpan.FromMinutes(Math.Max(0, (minutes ?? DefaultMinutes) - DefaultMinutes));
        return new Scale(
            KillsPerRow + (int)(more / OneKill / 2), 3, TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(minutes ?? 3))
        { JudgesTimes = true };
    }
}
