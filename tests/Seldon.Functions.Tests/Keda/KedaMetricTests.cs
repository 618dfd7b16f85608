using Seldon.Functions.Scaling;

namespace Seldon.Functions.Tests.Keda;

/// <summary>What KEDA tells the HPA, in the simulation as it was measured of KEDA 2.20.2 against a genuine Kafka.</summary>
public class KedaMetricTests
{
    [Theory]
    [InlineData(0, 1000), InlineData(1, 1000), InlineData(12, 1000), InlineData(360, 1000), InlineData(996, 1000), InlineData(1008, 2000), InlineData(2004, 3000)]
    [InlineData(3000, 3000), InlineData(4200, 6000), InlineData(5005, 6000), InlineData(10_800, 12_000), InlineData(15_000, 12_000)]
    public void EvenDistribution_IsASmallestDivisorAndNeverZero(long lag, long expected) => Assert.Equal(expected, KedaMetric.Of(lag, 12, 1000, isEven: true));

    [Theory]
    [InlineData(0, 0), InlineData(1, 1), InlineData(12, 12), InlineData(360, 360), InlineData(1008, 1008), InlineData(3000, 3000), InlineData(4200, 4200)]
    [InlineData(10_800, 10_800), InlineData(15_000, 12_000)]
    public void WithoutIt_IsTheLagUpToAllPartitions(long lag, long expected) => Assert.Equal(expected, KedaMetric.Of(lag, 12, 1000, isEven: false));

    /// <summary>Computed, as KEDA does: one, or all.</summary>
    [Theory]
    [InlineData(5, 777, 777, 777), InlineData(5, 777, 778, 3885), InlineData(13, 1000, 1001, 13_000), InlineData(13, 1000, 50_000, 13_000)]
    [InlineData(1, 1000, 0, 1000), InlineData(1, 1000, 9999, 1000)]
    public void PrimesAndOnePartition_AreOneOrAll(int partitions, long threshold, long lag, long expected) =>
        Assert.Equal(expected, KedaMetric.Of(lag, partitions, threshold, isEven: true));

    /// <summary>The lag at which KEDA starts the first instance, and that of nothing at all, where its figure is the same.</summary>
    [Theory, InlineData(0, 0), InlineData(1, 1)]
    public void InstancesStart_OnlyWithLag(int records, int expected)
    {
        var settings = new ScalingSettings("ours") { IsEven = true, LagThreshold = 1000, MaxReplicas = 12 };
        var trace = new LoadTrace("records that are there", 60, _ => 0, _ => 1) { UncommittedFrom = records > 0 ? 0 : null, End = records };

        Assert.Equal(expected, new Scaling.Simulation(settings with { IsEarliest = true }, Conditions.SlowStandalone, phase: 7).Run(trace).Max(s => s.Replicas));
    }
}
