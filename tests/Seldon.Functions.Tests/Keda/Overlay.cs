using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.App;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Keda;

/// <summary>The objects that a folder renders to, and the Secret that it says it needs.</summary>
/// <param name="hostJson">The <c>host.json</c> that the Functions image has in it.</param>
internal sealed class Overlay(string folder, List<JsonObject> objects, JsonObject? secret, string hostJson)
{
    public static readonly string[] Folders = ["keda/base", "keda/overlays/standalone", "keda/overlays/scram", "keda/overlays/mtls", "keda/overlays/dev"];

    public string Folder => folder;

    public IReadOnlyList<JsonObject> Objects => objects;

    public JsonObject Deployment => One("Deployment");

    public JsonObject ScaledObject => One("ScaledObject");

    public JsonObject Pod => Deployment["spec"]!["template"]!["spec"]!.AsObject();

    public JsonObject Container => Pod["containers"]![0]!.AsObject();

    public JsonObject Trigger => ScaledObject["spec"]!["triggers"]![0]!.AsObject();

    /// <summary>Whether it is the image with our own consumer; else the Functions host reads.</summary>
    public bool IsStandalone => Container["image"]!.GetValue<string>().Contains("standalone", StringComparison.Ordinal);

    public HostJson Host => new(hostJson, Environment());

    public static Overlay Read(Sources sources, string folder)
    {
        var secret = sources.SecretOf(folder);
        return new Overlay(folder, StrictYaml.Parse(sources.Render(folder)), secret is null ? null : StrictYaml.Parse(sources.Read(secret))[0], sources.Read("host.json"));
    }

    public JsonObject One(string kind) => objects.Single(o => o["kind"]!.GetValue<string>() == kind);

    public JsonObject? Find(string kind, string? name) => objects.Find(o => o["kind"]!.GetValue<string>() == kind && o["metadata"]!["name"]!.GetValue<string>() == name);

    /// <summary>What a key of a Secret holds in the sample; null if there is no such key or Secret.</summary>
    public string? SecretValue(string? name, string key) =>
        secret?["metadata"]!["name"]!.GetValue<string>() == name ? secret?["stringData"]![key]?.GetValue<string>() : null;

    /// <summary>The environment that the container would see.</summary>
    public Dictionary<string, string?> Environment()
    {
        var environment = new Dictionary<string, string?>();
        foreach (var source in Items(Container["envFrom"]))
        {
            var map = Find("ConfigMap", source["configMapRef"]?["name"]?.GetValue<string>());
            foreach (var (name, value) in map?["data"] as JsonObject ?? []) environment[name] = value?.GetValue<string>();
        }
        foreach (var variable in Items(Container["env"]))
        {
            var reference = variable["valueFrom"]?["secretKeyRef"];
            environment[variable["name"]!.GetValue<string>()] = reference is null
                ? variable["value"]?.GetValue<string>()
                : SecretValue(reference["name"]?.GetValue<string>(), reference["key"]!.GetValue<string>());
        }
        return environment;
    }

    /// <summary>What the processor makes of that environment. A file of a Secret that is mounted counts as one that is there.</summary>
    public ProcessorSettings Settings(string? without = null)
    {
        var environment = Environment();
        if (without is not null) environment.Remove(without);
        foreach (var (name, value) in environment.Where(e => e.Key.EndsWith("_FILE", StringComparison.Ordinal)).ToList())
        {
            if (Items(Container["volumeMounts"]).Any(m => IsMounted(m, value))) environment[name] = typeof(Overlay).Assembly.Location;
        }
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(environment.ToDictionary(e => e.Key.Replace("__", ":", StringComparison.Ordinal), e => e.Value)).Build();
        return IsStandalone ? ProcessorSettings.Read(configuration) : FunctionsAppSettings.Read(configuration).Processor;
    }

    public static IEnumerable<JsonObject> Items(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonObject>();

    private bool IsMounted(JsonObject mount, string? file)
    {
        var name = Path.GetFileName(file)!;
        var volume = Items(Pod["volumes"]).FirstOrDefault(v => v["name"]!.GetValue<string>() == mount["name"]!.GetValue<string>());
        return volume?["secret"]?["secretName"]?.GetValue<string>() is { } secret && Path.GetDirectoryName(file) == mount["mountPath"]!.GetValue<string>()
            && Items(volume["secret"]!["items"]).Select(i => i["path"]!.GetValue<string>()).DefaultIfEmpty(name).Contains(name) && SecretValue(secret, name) is not null;
    }
}
