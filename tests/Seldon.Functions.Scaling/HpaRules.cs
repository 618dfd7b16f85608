namespace Seldon.Functions.Scaling;

/// <summary>How the HPA goes up, or down.</summary>
/// <param name="Window">For how many seconds the most cautious recommendation counts.</param>
/// <param name="Policies">The one that allows most counts.</param>
internal sealed record HpaRules(int Window, HpaPolicy[] Policies)
{
    /// <summary>What a cluster does where nothing else is said.</summary>
    public const double ClusterTolerance = 0.1;

    /// <summary>By how much the metric may differ from its target, as a share of it, before anything is done.</summary>
    public double Tolerance { get; init; } = ClusterTolerance;
}

/// <param name="IsPercent">Whether the value is a percentage of the replicas; else it is a number of pods.</param>
internal sealed record HpaPolicy(bool IsPercent, int Value, int Period);
