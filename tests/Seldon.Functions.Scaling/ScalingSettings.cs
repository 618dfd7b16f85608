using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Seldon.Functions.Scaling;

/// <summary>What KEDA and the HPA are told. Times in seconds; KEDA's defaults where nothing else is said.</summary>
internal sealed record ScalingSettings(string Name)
{
    public int PollingInterval { get; init; } = 30;

    public int CooldownPeriod { get; init; } = 300;

    public int MinReplicas { get; init; }

    public int MaxReplicas { get; init; } = 100;

    public long LagThreshold { get; init; } = 10;

    public long ActivationLagThreshold { get; init; }

    /// <summary>Whether only divisors of the number of partitions are asked for.</summary>
    public bool IsEven { get; init; }

    /// <summary>Whether all records before the end of a partition count where nothing is committed; else one for each partition.</summary>
    public bool IsEarliest { get; init; }

    public HpaRules Up { get; init; } = new(0, [new HpaPolicy(false, 4, 15), new HpaPolicy(true, 100, 15)]);

    public HpaRules Down { get; init; } = new(300, [new HpaPolicy(true, 100, 15)]);

    /// <summary>
    /// Whether an instance that is to go hears of it, drains and leaves the group. Where a shell is the image's first process it does not:
    /// it is killed, and its partitions are silent until its session ends.
    /// </summary>
    public bool Drains { get; init; } = true;

    /// <summary>All instances, always.</summary>
    public static ScalingSettings AtFullStrength(int partitions) => new("at full strength") { MinReplicas = partitions, MaxReplicas = partitions };

    /// <summary>The settings that are delivered, from the objects that a folder of manifests renders to.</summary>
    public static ScalingSettings FromManifests(string rendered)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(rendered));
        var spec = yaml.Documents.Select(d => d.RootNode).Single(o => o["kind"].ToString() == "ScaledObject")["spec"];
        var behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"];
        var trigger = spec["triggers"][0]["metadata"];
        return new ScalingSettings("ours")
        {
            PollingInterval = Number(spec["pollingInterval"]),
            CooldownPeriod = Number(spec["cooldownPeriod"]),
            MinReplicas = Number(spec["minReplicaCount"]),
            MaxReplicas = Number(spec["maxReplicaCount"]),
            LagThreshold = Number(trigger["lagThreshold"]),
            ActivationLagThreshold = Number(trigger["activationLagThreshold"]),
            IsEven = Optional(trigger, "ensureEvenDistributionOfPartitions") == "true",
            IsEarliest = Optional(trigger, "offsetResetPolicy") == "earliest",
            Up = Rules(behavior["scaleUp"]),
            Down = Rules(behavior["scaleDown"]),
        };
    }

    /// <summary>For another number of partitions: as many instances, and a step up that may be as large where it was.</summary>
    public ScalingSettings With(int partitions) => this with
    {
        MaxReplicas = partitions,
        Up = Up with { Policies = [.. Up.Policies.Select(p => !p.IsPercent && p.Value == MaxReplicas ? p with { Value = partitions } : p)] },
    };

    /// <summary>With what a cluster from Kubernetes 1.35 on could be told besides: nothing is done before half as many, or half as many again, would do.</summary>
    public ScalingSettings WithTolerances() => this with { Up = Up with { Tolerance = 0.5 }, Down = Down with { Tolerance = 0.49 } };

    private static HpaRules Rules(YamlNode node) => new(
        Number(node["stabilizationWindowSeconds"]),
        [.. ((YamlSequenceNode)node["policies"]).Select(p => new HpaPolicy(p["type"].ToString() == "Percent", Number(p["value"]), Number(p["periodSeconds"])))])
    {
        Tolerance = Optional(node, "tolerance") is { } tolerance ? Share(tolerance) : HpaRules.ClusterTolerance,
    };

    /// <summary>A quantity below one: <c>0.5</c>, or <c>500m</c> as the API server stores it.</summary>
    private static double Share(string text) =>
        text.EndsWith('m') ? int.Parse(text[..^1], CultureInfo.InvariantCulture) / 1000.0 : double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Optional(YamlNode node, string key) => ((YamlMappingNode)node).Children.TryGetValue(key, out var value) ? value.ToString() : null;

    private static int Number(YamlNode node) => int.Parse(((YamlScalarNode)node).Value!, CultureInfo.InvariantCulture);
}
