using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Keda;

/// <summary>What the Functions host makes of <c>host.json</c> and the variables that win over it.</summary>
internal sealed class HostJson(string text, IReadOnlyDictionary<string, string?> environment)
{
    private readonly JsonNode _kafka = JsonNode.Parse(text)!["extensions"]!["kafka"]!;

    /// <summary>Most records of a batch.</summary>
    public string Batch => Value("maxBatchSize");

    /// <summary>Where the host begins when nothing is committed, in KEDA's spelling.</summary>
    public string Reset => Value("autoOffsetReset").ToLowerInvariant();

    /// <summary>Whether a variable wins over it.</summary>
    public bool IsOverridden(string name) => Variable(name) is not null;

    private string Value(string name) => Variable(name) ?? _kafka[name]!.ToString();

    private string? Variable(string name) =>
        environment.FirstOrDefault(e => e.Key.Equals($"AzureFunctionsJobHost__extensions__kafka__{name}", StringComparison.OrdinalIgnoreCase)).Value;
}
