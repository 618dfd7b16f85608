using System.Collections.Concurrent;

namespace Seldon.Functions.Graphs;

/// <summary>Which way a message took: what Seldon keeps in <c>meta.routing</c>.</summary>
internal sealed class WaysTaken
{
    private readonly ConcurrentDictionary<string, int> _ways = new(StringComparer.Ordinal);

    /// <summary>The node's name, and the child's number, -1 for all or a node without choice, -2 for none; by name.</summary>
    public IEnumerable<KeyValuePair<string, int>> Ways => _ways.OrderBy(w => w.Key, StringComparer.Ordinal);

    public void Took(string node, int way) => _ways[node] = way;
}
