using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Seldon.Functions.Tests.Keda;

/// <summary>Whether each object is of the form that our own schema allows, and whether what it names is there.</summary>
internal static partial class ObjectCheck
{
    private static readonly JsonObject Schemas = StrictYaml.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/Seldon.Functions.Tests/Keda/schema.yaml")))[0];

    public static IEnumerable<Problem> Check(Overlay overlay) =>
        [.. Form(overlay.Folder, overlay.Objects), .. References(overlay), .. Names(overlay), .. overlay.Objects.SelectMany(o => Quantities(overlay.Folder, o))];

    /// <summary>Whether there are only objects that we have a schema for, and of their form.</summary>
    public static IEnumerable<Problem> Form(string folder, IEnumerable<JsonObject> objects)
    {
        foreach (var one in objects)
        {
            var kind = one["kind"]?.GetValue<string>() ?? "";
            if (Schemas[kind] is not JsonObject schema)
            {
                yield return new Problem(folder, kind, "kind", "has no schema here");
                continue;
            }
            foreach (var (key, problem) in new Schema(schema, isClosed: true).Check(one)) yield return new Problem(folder, kind, key, problem);
        }
    }

    private static IEnumerable<Problem> References(Overlay overlay)
    {
        foreach (var (source, index) in Overlay.Items(overlay.Container["envFrom"]).Select((s, i) => (s, i)))
        {
            if (overlay.Find("ConfigMap", source["configMapRef"]?["name"]?.GetValue<string>()) is null) yield return Missing("Deployment", $"envFrom[{index}].configMapRef.name", $"a ConfigMap '{source["configMapRef"]?["name"]}'");
        }
        foreach (var variable in Overlay.Items(overlay.Container["env"]))
        {
            if (variable["valueFrom"]?["secretKeyRef"] is JsonObject reference && !HasSecret(reference)) yield return Missing("Deployment", $"env.{variable["name"]}.valueFrom.secretKeyRef", Named(reference));
        }
        foreach (var volume in Overlay.Items(overlay.Pod["volumes"]))
        {
            if (volume["secret"]?["secretName"]?.GetValue<string>() is not { } secret) continue;
            foreach (var key in Overlay.Items(volume["secret"]!["items"]).Select(i => i["key"]!.GetValue<string>()).DefaultIfEmpty("ca.crt").Where(k => overlay.SecretValue(secret, k) is null))
                yield return Missing("Deployment", "volumes.secret.secretName", $"a Secret '{secret}' with {key}");
        }
        foreach (var mount in Overlay.Items(overlay.Container["volumeMounts"]))
        {
            if (!Overlay.Items(overlay.Pod["volumes"]).Any(v => JsonNode.DeepEquals(v["name"], mount["name"]))) yield return Missing("Deployment", "volumeMounts.name", $"a volume '{mount["name"]}'");
        }
        foreach (var authentication in overlay.Objects.Where(o => o["kind"]!.GetValue<string>() == "TriggerAuthentication"))
        {
            foreach (var reference in Overlay.Items(authentication["spec"]?["secretTargetRef"]).Where(r => !HasSecret(r)))
                yield return Missing("TriggerAuthentication", $"spec.secretTargetRef.{reference["parameter"]}", Named(reference));
        }
        var account = overlay.Pod["serviceAccountName"]?.GetValue<string>();
        if (overlay.Find("ServiceAccount", account) is null) yield return Missing("Deployment", "serviceAccountName", $"a ServiceAccount '{account}'");
        var target = overlay.ScaledObject["spec"]?["scaleTargetRef"];
        if (overlay.Find("Deployment", target?["name"]?.GetValue<string>()) is null) yield return Missing("ScaledObject", "spec.scaleTargetRef.name", $"a Deployment '{target?["name"]}'");
        if (!JsonNode.DeepEquals(target?["envSourceContainerName"], overlay.Container["name"])) yield return Missing("ScaledObject", "spec.scaleTargetRef.envSourceContainerName", "such a container");
        var settings = overlay.Trigger["metadata"]?["configMap"]?.GetValue<string>();
        if (overlay.Find("ConfigMap", settings) is null) yield return Missing("ScaledObject", "spec.triggers[0].metadata.configMap", $"a ConfigMap '{settings}'");
        if (overlay.Trigger["authenticationRef"]?["name"]?.GetValue<string>() is { } named && overlay.Find("TriggerAuthentication", named) is null)
            yield return Missing("ScaledObject", "spec.triggers[0].authenticationRef.name", $"a TriggerAuthentication '{named}'");
        foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
        {
            var port = overlay.Container[probe]?["httpGet"]?["port"];
            if (!Overlay.Items(overlay.Container["ports"]).Any(p => JsonNode.DeepEquals(p["name"], port))) yield return Missing("Deployment", $"{probe}.httpGet.port", $"a port '{port}'");
        }

        bool HasSecret(JsonObject reference) => !string.IsNullOrEmpty(overlay.SecretValue(reference["name"]?.GetValue<string>(), reference["key"]?.GetValue<string>() ?? ""));
        string Named(JsonObject reference) => $"a Secret '{reference["name"]}' with '{reference["key"]}' in secret.sample.yaml";
        Problem Missing(string kind, string key, string what) => new(overlay.Folder, kind, key, $"needs {what}, and there is none");
    }

    /// <summary>Quantities that the API server would store in another form: each apply would be a change, and no tool would ever see the two agree.</summary>
    private static IEnumerable<Problem> Quantities(string folder, JsonObject one)
    {
        foreach (var (key, value) in Leaves(one, ""))
        {
            if (!Quantity().IsMatch(key)) continue;
            var stored = new ResourceQuantity(value).CanonicalizeString();
            if (stored != value) yield return new(folder, one["kind"]!.GetValue<string>(), key, $"is '{value}', which the API server stores as '{stored}'");
        }
    }

    private static IEnumerable<(string Key, string Value)> Leaves(JsonNode? node, string key) => node switch
    {
        JsonObject map => map.SelectMany(m => Leaves(m.Value, key.Length == 0 ? m.Key : $"{key}.{m.Key}")),
        JsonArray list => list.SelectMany((item, i) => Leaves(item, $"{key}[{i}]")),
        null => [],
        _ => [(key, node.ToString())],
    };

    private static IEnumerable<Problem> Names(Overlay overlay)
    {
        var name = overlay.ScaledObject["metadata"]?["name"]?.GetValue<string>() ?? "";
        if ($"keda-hpa-{name}".Length > 63) yield return new(overlay.Folder, "ScaledObject", "metadata.name", $"is '{name}': with keda-hpa- before it, it has more than 63 characters");
        var labels = overlay.Deployment["spec"]?["template"]?["metadata"]?["labels"];
        foreach (var kind in new[] { "Deployment", "PodDisruptionBudget" })
        {
            if (!JsonNode.DeepEquals(overlay.One(kind)["spec"]?["selector"]?["matchLabels"], labels)) yield return new(overlay.Folder, kind, "spec.selector.matchLabels", "are not the labels of the pods");
        }
        foreach (var spread in Overlay.Items(overlay.Pod["topologySpreadConstraints"]).Where(s => !JsonNode.DeepEquals(s["labelSelector"]?["matchLabels"], labels)))
            yield return new(overlay.Folder, "Deployment", "topologySpreadConstraints.labelSelector.matchLabels", "are not the labels of the pods");
    }

    [GeneratedRegex(@"\.(?:requests|limits)\.|\.(?:sizeLimit|tolerance)$")]
    private static partial Regex Quantity();
}
