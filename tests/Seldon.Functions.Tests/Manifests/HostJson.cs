using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Manifests;

/// <summary>What the manifests must agree with in <c>host.json</c>.</summary>
internal static class HostJson
{
    private static readonly JsonNode Kafka = JsonNode.Parse(File.ReadAllText(Path.Combine(Sources.Root, "host.json")))!["extensions"]!["kafka"]!;

    /// <summary>Most records of a batch.</summary>
    public static int Batch => Kafka["maxBatchSize"]!.GetValue<int>();

    /// <summary>Where the host begins when nothing is committed, in KEDA's spelling.</summary>
    public static string Reset => Kafka["autoOffsetReset"]!.GetValue<string>().ToLowerInvariant();
}
