using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Manifests;

/// <summary>What the manifests must agree with in <c>host.json</c>.</summary>
internal static class HostJson
{
    private static readonly JsonNode? Kafka = Read()?["extensions"]?["kafka"];

    /// <summary>Most records of a batch.</summary>
    public static int Batch => Kafka?["maxBatchSize"]?.GetValue<int>() ?? 1000;

    /// <summary>Where the host begins when nothing is committed, in KEDA's spelling.</summary>
    public static string Reset => Kafka?["autoOffsetReset"]?.GetValue<string>().ToLowerInvariant() ?? "earliest";

    public static bool IsThere => Kafka is not null;

    private static JsonNode? Read()
    {
        var file = Path.Combine(Sources.Root, "host.json");
        return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
    }
}
