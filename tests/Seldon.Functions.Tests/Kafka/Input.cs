using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>A record to put on the input topic; its offset is its place among those of its partition.</summary>
internal sealed record Input(int Partition, byte[]? Key, byte[]? Value, params Header[] Headers)
{
    /// <summary>Good REST records; every third has no key, the others one of seven. The text <c>partition-i</c> stands in the value.</summary>
    public static IEnumerable<Input> Many(int partition, int count, int first = 0) => Enumerable.Range(first, count).Select(i => Rest(partition, i));

    /// <summary>The same for several partitions, in turn.</summary>
    public static IReadOnlyList<Input> Spread(int partitions, int each, int first = 0) =>
        [.. Enumerable.Range(first, each).SelectMany(i => Enumerable.Range(0, partitions).Select(p => Rest(p, i)))];

    public static Input Rest(int partition, int i) =>
        Of(partition, i % 3 == 0 ? null : $"key-{i % 7}", $$"""{"instances":[["{{partition}}-{{i}}"]]}""");

    public static Input Of(int partition, string? key, string value, params Header[] headers) =>
        new(partition, key is null ? null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), headers);
}
