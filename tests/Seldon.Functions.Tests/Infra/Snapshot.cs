using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Infra;

/// <summary>
/// The resources of an environment as the Bicep compiler predicts them. What is known only in Azure stands there as an expression in
/// brackets.
/// </summary>
/// <param name="folder">Where it lies; the repository's if nothing is said.</param>
internal sealed class Snapshot(string environment, string? folder = null)
{
    private readonly JsonArray _resources =
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder ?? Template.OfTheRepository.Folder, $"{environment}.snapshot.json")))!["predictedResources"]!.AsArray();

    public static readonly TheoryData<string> Environments = ["dev", "prod"];

    public IEnumerable<JsonNode> All => _resources!;

    /// <summary>The settings of the app, by name.</summary>
    public Dictionary<string, string> AppSettings =>
        One("Microsoft.Web/sites/config")["properties"]!.AsObject().ToDictionary(s => s.Key, s => (string)s.Value!);

    /// <summary>The settings as the app sees them, with something likely for what is known only in Azure.</summary>
    public Dictionary<string, string> SettingsInAzure => AppSettings.ToDictionary(
        s => s.Key, s => !s.Value.StartsWith('[') ? s.Value : s.Key == "KAFKA_BROKER" ? "namespace.example.net:9093" : "known in Azure");

    public JsonNode One(string type) => Assert.Single(Of(type));

    public IReadOnlyList<JsonNode> Of(string type) => [.. All.Where(r => (string?)r["type"] == type)];
}
