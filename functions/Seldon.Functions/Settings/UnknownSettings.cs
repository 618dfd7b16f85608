using Microsoft.Extensions.Configuration;

namespace Seldon.Functions.Settings;

/// <summary>
/// Refuses what stands below <c>Seldon:</c> and is read by nothing: it is misspelt. Names without that section may belong to others.
/// </summary>
internal static class UnknownSettings
{
    private const string Section = "Seldon";

    private static readonly string Known = string.Join(", ",
    [
        "Seldon:Window:Records", "Seldon:Window:Bytes", "Seldon:Transaction:Interval", "Seldon:Transaction:MaxBytes", "Seldon:Kafka:Consumer:PROPERTY", "Seldon:Kafka:Producer:PROPERTY (with '.' or '_' in PROPERTY)",
        "Seldon:Routes:N:…", "Seldon:Nodes:NAME:…",
    ]);

    public static void Check(SettingReader reader)
    {
        var brought = reader.FromManifest.Keys.Where(n => n.StartsWith($"{Section}:", StringComparison.OrdinalIgnoreCase));
        var paths = PathsOf(reader.Configuration.GetSection(Section)).Concat(brought).Distinct(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths.Where(p => !IsKnown(p) && !(IsSection(p) && reader.Text(p) is null)))
            reader.Problem(path, "is no setting", $"use one of {Known}");
    }

    private static IEnumerable<string> PathsOf(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        return children.Count == 0 ? [section.Path] : children.SelectMany(PathsOf);
    }

    /// <summary>What a route or a node may have, is looked at where they are read.</summary>
    private static bool IsKnown(string path) => Parts(path) is
        ["SELDON", "WINDOW", "RECORDS" or "BYTES"] or ["SELDON", "TRANSACTION", "INTERVAL" or "MAXBYTES"] or ["SELDON", "KAFKA", "CONSUMER" or "PRODUCER", _] or ["SELDON", "ROUTES" or "NODES", _, ..];

    /// <summary>A section that may be empty.</summary>
    private static bool IsSection(string path) => Parts(path) is
        ["SELDON"] or ["SELDON", "WINDOW" or "TRANSACTION" or "KAFKA" or "ROUTES" or "NODES"] or ["SELDON", "KAFKA", "CONSUMER" or "PRODUCER"];

    private static string[] Parts(string path) => path.ToUpperInvariant().Split(':');
}
