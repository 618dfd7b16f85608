namespace Seldon.Functions.Scaling;

/// <summary>What a simulation takes for granted.</summary>
/// <param name="Partitions">Partitions of the topic, and so the most instances.</param>
/// <param name="InstanceRate">Records per second of one instance.</param>
internal sealed record Conditions(int Partitions, double InstanceRate)
{
    /// <summary>Records per second of an instance as measured (README), the Functions app with a model of 0 to 20 ms.</summary>
    public const double Measured = 4888;

    /// <summary>That with a model of 200 ms: 64 calls under way.</summary>
    public const double Slow = 320;

    /// <summary>Seconds from being asked for to joining the group, the image being on the node. Not measured: there was no cluster.</summary>
    public int StartSeconds { get; init; } = 20;

    /// <summary>An eager rebalance: for so many seconds all stop, finish their batch and join again. Not measured either.</summary>
    public int RebalanceSeconds { get; init; } = 5;
}
