using Seldon.Functions.Scaling;

namespace Seldon.Functions.Tests.Keda;

/// <summary>
/// What is said of the delivered scaling, simulated: no record waits longer than the target, and no more replica-hours and changes than said.
/// The benchmarks' <c>scaling</c> looks at more partitions and draws it.
/// </summary>
public sealed class ScalingTargetTests : IDisposable
{
    private const string Base = "keda/base/scaled-object.yaml";

    private readonly Sources _sources = new();

    public static readonly TheoryData<string, string> Everything =
        [.. from folder in new[] { "keda/base", "keda/overlays/standalone" } from trace in LoadTrace.All select (folder, trace.Name)];

    public static readonly TheoryData<int, string> OtherPartitions =
        [.. from partitions in new[] { 1, 5, 13, 64 } from trace in new[] { "ramp", "burst", "trickle" } select (partitions, trace)];

    public void Dispose() => _sources.Dispose();

    [Theory, MemberData(nameof(Everything))]
    public void DeliveredSettings_KeepToAgeHoursAndChanges(string folder, string trace) => Assert.Empty(Compare(folder, trace).Problems());

    /// <summary>Nobody commits the end of a partition in which the app finds nothing: docs/kubernetes.md says what to do.</summary>
    [Theory, InlineData("keda/base", 20, 24), InlineData("keda/overlays/standalone", 0.5, 1)]
    public void GroupWithoutOffsetsOverExpiredRecords_HoldsOnlyTheApp(string folder, double least, double most) =>
        Assert.InRange(Compare(folder, "group expired").Ours.ReplicaHours, least, most);

    /// <summary>A fast model needs a threshold of its own to cost no more than said; with the delivered one no record waits longer, either.</summary>
    [Theory, InlineData("keda/base", 1500), InlineData("keda/overlays/standalone", 750), InlineData("keda/overlays/standalone", 777)]
    public void FastModel_KeepsToThemWithTheThresholdThatFits(string folder, long threshold)
    {
        var (conditions, ours) = (folder == "keda/base" ? Conditions.FastApp : Conditions.FastStandalone, Delivered(folder));

        Assert.InRange(threshold, 0.75 * conditions.InFlight, 0.85 * conditions.InFlight);
        Assert.Empty(Comparison.Of(ours with { LagThreshold = threshold }, conditions, Trace("burst")).Problems());
        Assert.Empty(Comparison.Of(ours, conditions, Trace("burst")).Late());
    }

    /// <summary>One partition, numbers without divisors, many: more hours, perhaps, and no record that waits longer.</summary>
    [Theory, MemberData(nameof(OtherPartitions))]
    public void OtherPartitions_NoRecordWaitsLonger(int partitions, string trace) =>
        Assert.Empty(Comparison.Of(Delivered("keda/overlays/standalone").With(partitions), Conditions.SlowStandalone with { Partitions = partitions }, Trace(trace)).Late());

    /// <summary>Each number is there for something.</summary>
    [Theory]
    [InlineData("scaleUp:\n          stabilizationWindowSeconds: 60", "scaleUp:\n          stabilizationWindowSeconds: 0", "ramp", "changes of replicas")]
    [InlineData("scaleDown:\n          stabilizationWindowSeconds: 60", "scaleDown:\n          stabilizationWindowSeconds: 300", "burst", "replica-hours")]
    [InlineData("cooldownPeriod: 1800", "cooldownPeriod: 300", "trickle", "changes of replicas")]
    [InlineData("value: 12", "value: 1", "ramp", "a record waits")]
    [InlineData("pollingInterval: 10", "pollingInterval: 300", "ramp", "a record waits")]
    [InlineData("maxReplicaCount: 12", "maxReplicaCount: 4", "burst", "a record waits")]
    [InlineData("lagThreshold: \"1000\"", "lagThreshold: \"250\"", "daily wave", "replica-hours")]
    [InlineData("lagThreshold: \"1000\"", "lagThreshold: \"2000\"", "daily wave", "changes of replicas")]
    [InlineData("ensureEvenDistributionOfPartitions: \"true\"", "ensureEvenDistributionOfPartitions: \"false\"", "ramp", "replicas")]
    public void OtherSettings_DoNot(string from, string to, string trace, string expected)
    {
        // The comments between a key and what is below it are no part of what is changed.
        _sources.Write(Base, string.Join('\n', _sources.Read(Base).Split('\n').Where(l => !l.TrimStart().StartsWith('#'))));
        _sources.Edit(Base, from, to);

        // The host that commits sooner shows less lag amid a trickle.
        var folder = trace == "trickle" ? "keda/overlays/standalone" : "keda/base";
        Assert.Contains(Compare(folder, trace).Problems(), p => p.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>Fewer than nine changes between four bursts cannot be had at this price by anybody.</summary>
    [Fact]
    public void LeastChanges_AreThoseOfABestSchedule()
    {
        Assert.Equal(9, Need.LeastChanges(Need.Of(Conditions.SlowApp, Trace("burst")), 1.15));
        Assert.Equal(1, Need.LeastChanges([.. Enumerable.Repeat(2, 60), .. Enumerable.Repeat(1, 60)], 1.5));
        Assert.Equal(2, Need.LeastChanges([.. Enumerable.Repeat(2, 60), .. Enumerable.Repeat(1, 60)], 1.3));
        Assert.Equal(0, Need.LeastChanges([.. Enumerable.Repeat(0, 60)], 1.15));
    }

    private Comparison Compare(string folder, string trace) =>
        Comparison.Of(Delivered(folder), folder == "keda/base" ? Conditions.SlowApp : Conditions.SlowStandalone, Trace(trace));

    private ScalingSettings Delivered(string folder) => ScalingSettings.FromManifests(_sources.Render(folder));

    private static LoadTrace Trace(string name) => LoadTrace.All.Single(t => t.Name == name);
}
