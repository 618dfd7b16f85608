namespace Seldon.Functions.Demo.Report;

/// <summary>How many requests went in, and how many are results and dead letters.</summary>
internal readonly record struct DemoCounts(int Records, int Results, int DeadLetters)
{
    public static DemoCounts operator +(DemoCounts one, DemoCounts other) =>
        new(one.Records + other.Records, one.Results + other.Results, one.DeadLetters + other.DeadLetters);
}
