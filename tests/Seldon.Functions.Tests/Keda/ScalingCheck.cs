using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Tests.Keda;

/// <summary>Whether KEDA and the processor are told the same, and whether the numbers fit one another.</summary>
internal static class ScalingCheck
{
    /// <summary>How long the Functions host waits, when it drains, for the batches that it has read. No setting makes it longer.</summary>
    private static readonly TimeSpan FunctionsDrain = TimeSpan.FromSeconds(10);

    /// <summary>How long the standalone host may take to stop: what is in flight, its commit, its leaving.</summary>
    private static readonly TimeSpan StandaloneDrain = Shutdown.CommitPatience + Shutdown.LeavePatience;

    private static readonly Dictionary<string, string> Mechanisms = new() { ["PLAIN"] = "plaintext", ["SCRAM-SHA-256"] = "scram_sha256", ["SCRAM-SHA-512"] = "scram_sha512" };

    public static IEnumerable<Problem> Check(Overlay overlay) => [.. Numbers(overlay), .. Sameness(overlay), .. Security(overlay)];

    private static IEnumerable<Problem> Numbers(Overlay overlay)
    {
        var batch = long.Parse(overlay.Host.Batch, CultureInfo.InvariantCulture);
        var spec = overlay.ScaledObject["spec"]!;
        var (min, max, threshold) = (Number(spec["minReplicaCount"]), Number(spec["maxReplicaCount"]), Number(Metadata(overlay, "lagThreshold")));
        var partitions = Number(overlay.ScaledObject["metadata"]!["annotations"]?["seldon-functions/partitions"]);
        if (partitions is not > 0) yield return Wrong("metadata.annotations.seldon-functions/partitions", $"is {Show(partitions)}: a topic has one at least");
        if (max < 1) yield return Wrong("spec.maxReplicaCount", $"is {Show(max)}: nothing would run");
        if (max > partitions) yield return Wrong("spec.maxReplicaCount", $"is {max}, and there are {partitions} partitions: the rest would have nothing to read");
        if (min > max) yield return Wrong("spec.maxReplicaCount", $"is {max}, below minReplicaCount, {min}");
        if (threshold is not > 0) yield return Wrong("spec.triggers[0].metadata.lagThreshold", $"is {Show(threshold)}: KEDA refuses it");
        if (threshold < batch && !overlay.IsStandalone) yield return Wrong("spec.triggers[0].metadata.lagThreshold", $"is {threshold}, less than a batch of {batch} records: an instance at work would call for another");
        // KEDA's lag stops at what asks for the most instances, and the HPA does nothing within its tolerance: with as few less would stay so whatever the lag.
        var tolerance = new ResourceQuantity(spec["advanced"]!["horizontalPodAutoscalerConfig"]!["behavior"]!["scaleUp"]!["tolerance"]?.GetValue<string>() ?? "100m").ToDouble();
        if (max <= (max - 1) * (1 + tolerance) && Metadata(overlay, "ensureEvenDistributionOfPartitions")?.GetValue<string>() != "true")
            yield return Wrong("spec.triggers[0].metadata.ensureEvenDistributionOfPartitions", $"is not 'true': {max - 1} instances would never become {max}");

        var grace = Number(overlay.Pod["terminationGracePeriodSeconds"]);
        var drain = (overlay.IsStandalone ? StandaloneDrain : FunctionsDrain).TotalSeconds;
        if (grace is null || grace <= drain) yield return new(overlay.Folder, "Deployment", "spec.template.spec.terminationGracePeriodSeconds", $"is {Show(grace)}; the process may take {drain} s to stop");

        // Its readiness is that of its group; the Functions host's is not.
        if (overlay.IsStandalone && Number(overlay.Deployment["spec"]!["strategy"]?["rollingUpdate"]?["maxUnavailable"]) is not > 0)
            yield return new(overlay.Folder, "Deployment", "spec.strategy.rollingUpdate.maxUnavailable", $"lets no instance go first: at {max} instances the new one gets no partitions, and is never ready");

        Problem Wrong(string key, string text) => new(overlay.Folder, "ScaledObject", key, text);
    }

    private static IEnumerable<Problem> Sameness(Overlay overlay)
    {
        var reset = overlay.Host.Reset;
        var (settings, plain) = (overlay.Settings(), overlay.Settings(without: "KAFKA_CONSUMER_GROUP"));
        foreach (var problem in settings.Problems) yield return new(overlay.Folder, "ConfigMap", problem.Split(' ')[0], $"is refused by the processor: {problem.TrimEnd('.')}");
        foreach (var warning in settings.Warnings) yield return new(overlay.Folder, "ConfigMap", warning.Split(' ')[0], $"has no effect: {warning.TrimEnd('.')}");
        if (settings.Problems.Count > 0) yield break;

        foreach (var (key, own) in new[] { ("bootstrapServers", settings.Kafka.Broker), ("topic", settings.Kafka.InputTopics[0]), ("consumerGroup", settings.Kafka.Group) })
        {
            var (text, variable) = (Metadata(overlay, key)?.GetValue<string>(), Metadata(overlay, $"{key}FromEnv")?.GetValue<string>());
            if (text is not null && variable is not null) yield return Wrong(key, $"stands here, and so does {key}FromEnv: keep one of them");
            var seen = variable is null ? text : overlay.Environment().GetValueOrDefault(variable);
            if (seen != own) yield return Wrong(text is null ? $"{key}FromEnv" : key, $"says '{seen}', and the processor '{own}'");
        }
        foreach (var server in (settings.Kafka.Broker ?? "").Split(',').Where(s => !s.Contains('.', StringComparison.Ordinal)))
            yield return new(overlay.Folder, "ConfigMap", "KAFKA_BROKER", $"has '{server}', a name without namespace or domain: KEDA looks for it in its own namespace");
        if (settings.Kafka.Group != plain.Kafka.Group) yield return new(overlay.Folder, "ConfigMap", "KAFKA_CONSUMER_GROUP", $"is '{settings.Kafka.Group}', and the default of these settings '{plain.Kafka.Group}'");
        var policy = Metadata(overlay, "offsetResetPolicy")?.GetValue<string>();
        if (policy != reset) yield return Wrong("offsetResetPolicy", $"is '{policy}', and the hosts begin at '{reset}'");
        if (Number(overlay.ScaledObject["spec"]!["minReplicaCount"]) == 0 && Metadata(overlay, "scaleToZeroOnInvalidOffset")?.GetValue<string>() == "true")
            yield return Wrong("scaleToZeroOnInvalidOffset", "is 'true': a new group would never start from zero");
        if (settings.HttpPort is { } port && overlay.IsStandalone && !Overlay.Items(overlay.Container["ports"]).Any(p => Number(p["containerPort"]) == port))
            yield return new(overlay.Folder, "ConfigMap", "SELDON_HTTP_PORT", $"is {port}, and the container has no such port");
        if (overlay.IsStandalone && settings.HttpPort is null) yield return new(overlay.Folder, "ConfigMap", "SELDON_HTTP_PORT", "is not set: the probes would find nothing");

        Problem Wrong(string key, string text) => new(overlay.Folder, "ScaledObject", $"spec.triggers[0].metadata.{key}", text);
    }

    private static IEnumerable<Problem> Security(Overlay overlay)
    {
        var environment = overlay.Environment();
        var protocol = environment.GetValueOrDefault("KAFKA_SECURITY_PROTOCOL") is { Length: > 0 } set ? set : "PLAINTEXT";
        var mechanism = environment.GetValueOrDefault("KAFKA_SASL_MECHANISM") is { Length: > 0 } named ? named : "PLAIN";
        var wanted = protocol.StartsWith("SASL", StringComparison.Ordinal) ? Mechanisms.GetValueOrDefault(mechanism, mechanism) : "none";
        if (Metadata(overlay, "sasl")?.GetValue<string>() != wanted) yield return Wrong("sasl", $"is '{Metadata(overlay, "sasl")}', and the processor has {protocol} with {mechanism}: '{wanted}'");
        var tls = protocol.EndsWith("SSL", StringComparison.Ordinal) ? "enable" : "disable";
        if (Metadata(overlay, "tls")?.GetValue<string>() != tls) yield return Wrong("tls", $"is '{Metadata(overlay, "tls")}', and the processor has {protocol}: '{tls}'");

        var given = overlay.Trigger["authenticationRef"]?["name"]?.GetValue<string>() is { } name
            ? Overlay.Items(overlay.Find("TriggerAuthentication", name)?["spec"]?["secretTargetRef"]).Select(r => r["parameter"]!.GetValue<string>()).ToHashSet()
            : [];
        var needed = new HashSet<string>();
        if (wanted != "none") needed.UnionWith(["username", "password"]);
        if (environment.ContainsKey("KAFKA_SSL_CA_CERT_FILE")) needed.Add("ca");
        if (environment.ContainsKey("KAFKA_SSL_CLIENT_CERT_FILE")) needed.UnionWith(["cert", "key"]);
        if (!needed.SetEquals(given))
            yield return new(overlay.Folder, "ScaledObject", "spec.triggers[0].authenticationRef", $"gives KEDA [{string.Join(", ", given.Order())}], and the processor needs [{string.Join(", ", needed.Order())}]");

        Problem Wrong(string key, string text) => new(overlay.Folder, "ScaledObject", $"spec.triggers[0].metadata.{key}", text);
    }

    private static JsonNode? Metadata(Overlay overlay, string key) => overlay.Trigger["metadata"]![key];

    private static long? Number(JsonNode? node) =>
        long.TryParse(node?.GetValueKind() == System.Text.Json.JsonValueKind.String ? node.GetValue<string>() : node?.ToJsonString(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Show(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "no number";
}
