namespace Seldon.Functions.Scaling;

/// <summary>What KEDA's scaler for Kafka tells the HPA of a lag.</summary>
internal static class KedaMetric
{
    /// <param name="lag">Records that are not committed, of all partitions.</param>
    /// <param name="partitions">How many the topic has.</param>
    /// <param name="threshold"><c>lagThreshold</c>.</param>
    /// <param name="isEven"><c>ensureEvenDistributionOfPartitions</c>: the smallest divisor of the partitions that is enough, and so never zero.</param>
    public static long Of(long lag, int partitions, long threshold, bool isEven)
    {
        if (isEven) return threshold * Enumerable.Range(1, partitions).First(n => partitions % n == 0 && (n == partitions || n * threshold >= lag));
        return lag / threshold > partitions ? partitions * threshold : lag;
    }
}
