using System.Text.Json;
using System.Text.Json.Nodes;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Does the host.json beside an app keep what the guarantees of the Functions app rest on.</summary>
internal static class HostFileCheck
{
    public const string Name = "host.json";

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>What must be written there, where, and why.</summary>
    private static readonly (string[] Path, string Value, string Why)[] Rules =
    [
        (["extensions", "kafka", "commitOnFailure"], "false", "the host would commit a batch that failed, and lose its records"),
        (["extensions", "kafka", "maxRetries"], "-1", "the host would skip a batch that failed so often"),
        (["functionTimeout"], "-1", "the host would end a function that waits for a model"),
    ];

    public static IEnumerable<Finding> Run(string text)
    {
        JsonNode? json = null;
        Finding? broken = null;
        try
        {
            json = JsonNode.Parse(text, documentOptions: Options);
        }
        catch (JsonException malformed)
        {
            broken = Finding.Failure(Name, $"{Name} cannot be read: {malformed.Message}", "correct it");
        }
        if (broken is not null) return [broken];
        var findings = Rules.Where(r => ValueAt(json, r.Path) != r.Value)
            .Select(r => Finding.Failure(Name, $"{string.Join('.', r.Path)} is {ValueAt(json, r.Path) ?? "not set"}: {r.Why}.", $"set it to {r.Value}")).ToList();
        return findings.Count > 0 ? findings : [Finding.Ok(Name, "keeps what the guarantees of the Functions app rest on")];
    }

    private static string? ValueAt(JsonNode? json, string[] path)
    {
        foreach (var name in path) json = (json as JsonObject)?[name];
        return json?.ToString();
    }
}
