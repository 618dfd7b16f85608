using Seldon.Functions.Scaling;

namespace Seldon.Functions.Tests.Manifests;

/// <summary>
/// What is said of the delivered scaling, simulated: no record waits longer than the target, and there are fewer changes of replicas than
/// with KEDA's defaults. The benchmarks' <c>scaling</c> looks at more partitions and draws it.
/// </summary>
public sealed class ScalingTargetTests : IDisposable
{
    private const string Manifest = "keda/base/scaled-object.yaml";

    private readonly Sources _sources = new();

    public static readonly TheoryData<double, string> Everything =
        [.. from rate in new[] { Conditions.Measured, Conditions.Slow } from trace in LoadTrace.All select (rate, trace.Name)];

    public void Dispose() => _sources.Dispose();

    [Theory, MemberData(nameof(Everything))]
    public void DeliveredSettings_KeepToTheTargetWithFewerChangesThanKedasDefaults(double rate, string trace) =>
        Assert.Empty(Compare(rate, trace).Problems());

    /// <summary>Each number is there for something.</summary>
    [Theory]
    [InlineData("tolerance: \"0.97\"", "tolerance: \"0.5\"", Conditions.Slow, "poison", "changes of replicas")]
    [InlineData("value: 12", "value: 1", Conditions.Measured, "ramp", "a record waits")]
    [InlineData("pollingInterval: 10", "pollingInterval: 300", Conditions.Measured, "ramp", "a record waits")]
    [InlineData("maxReplicaCount: 12", "maxReplicaCount: 4", Conditions.Measured, "burst", "a record waits")]
    [InlineData("lagThreshold: \"1000\"", "lagThreshold: \"100000\"", Conditions.Slow, "ramp", "a record waits")]
    [InlineData("ensureEvenDistributionOfPartitions: \"true\"", "ensureEvenDistributionOfPartitions: \"false\"", Conditions.Slow, "daily wave", "a record waits")]
    public void OtherSettings_DoNot(string from, string to, double rate, string trace, string expected)
    {
        _sources.Edit(Manifest, from, to);

        Assert.Contains(Compare(rate, trace).Problems(), p => p.Contains(expected, StringComparison.Ordinal));
    }

    private Comparison Compare(double rate, string trace) => Comparison.Of(
        ScalingSettings.FromManifest(_sources.Read(Manifest)), new Conditions(12, rate), LoadTrace.All.Single(t => t.Name == trace));
}
