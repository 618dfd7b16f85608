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

    public HpaRules Up { get; init; } = new(0, [new HpaPolicy(false, 4, 15), new HpaPolicy(true, 100, 15)]);

    public HpaRules Down { get; init; } = new(300, [new HpaPolicy(true, 100, 15)]);

    /// <summary>
    /// Whether an instance that is to go hears of it, drains and leaves the group. Where a shell is the image's first process it does not:
    /// it is killed, and its partitions are silent until its session ends.
    /// </summary>
    public bool Drains { get; init; } = true;

    /// <summary>The settings that are delivered, from the text of the manifest itself.</summary>
    public static ScalingSettings FromManifest(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var spec = yaml.Documents[0].RootNode["spec"];
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

    private static HpaRules Rules(YamlNode node) => new(
        Number(node["stabilizationWindowSeconds"]),
        [.. ((YamlSequenceNode)node["policies"]).Select(p => new HpaPolicy(p["type"].ToString() == "Percent", Number(p["value"]), Number(p["periodSeconds"])))])
    {
        Tolerance = Optional(node, "tolerance") is { } tolerance ? double.Parse(tolerance, CultureInfo.InvariantCulture) : HpaRules.ClusterTolerance,
    };

    private static string? Optional(YamlNode node, string key) => ((YamlMappingNode)node).Children.TryGetValue(key, out var value) ? value.ToString() : null;

    private static int Number(YamlNode node) => int.Parse(((YamlScalarNode)node).Value!, CultureInfo.InvariantCulture);
}
