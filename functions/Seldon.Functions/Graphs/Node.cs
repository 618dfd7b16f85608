using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Graphs;

/// <summary>A node that can be walked: its settings, its endpoints, and the calls that it is asked with. Immutable.</summary>
internal sealed class Node
{
    public required GraphNode Settings { get; init; }

    public string Name => Settings.Name;

    /// <summary>Its servers; none where it is asked for nothing.</summary>
    public Endpoints Endpoints { get; init; }

    public required IReadOnlyList<Node> Children { get; init; }

    /// <summary>What it makes of a message before its children see it: a prediction or a transformation; null if nothing.</summary>
    public NodeCall? Enter { get; init; }

    /// <summary>Which of its children see it; null where that is not asked.</summary>
    public NodeCall? Route { get; init; }

    /// <summary>What it makes of its children's answers; null where the first one's is taken.</summary>
    public NodeCall? Aggregate { get; init; }

    /// <summary>What it makes of a message when it leaves; null if nothing.</summary>
    public NodeCall? Leave { get; init; }

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Node> All => Children.SelectMany(c => c.All).Prepend(this);
}
