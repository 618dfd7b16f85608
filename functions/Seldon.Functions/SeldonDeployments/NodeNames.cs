using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>
/// Gives nodes of one name names of their own. Where the protocol names models, a node's name is its model's, and one model may be served
/// in several places; where it does not, a name is a container's, and its choice in <c>meta.routing</c>.
/// </summary>
internal static class NodeNames
{
    /// <summary>The graph, whose nodes' ids are unique. Where the protocol has no names of models, two of one name are a problem.</summary>
    public static PredictiveUnit Distinguish(PredictiveUnit root, Protocol protocol, ManifestNotes notes)
    {
        if (protocol.HasModelName)
        {
            var taken = root.All.Select(u => u.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return Number(root, taken, []);
        }
        foreach (var again in root.All.Where(u => u.Name.Length > 0).GroupBy(u => u.Name).Where(g => g.Count() > 1))
            notes.Problem(again.ElementAt(1).Line, $"the node '{again.Key}' stands in the graph {again.Count()} times, first in line {again.First().Line}", "give each node a name of its own");
        return root;
    }

    /// <summary>The first keeps its name; the second of <c>a</c> is <c>a-2</c>, unless another node is called so.</summary>
    private static PredictiveUnit Number(PredictiveUnit unit, HashSet<string> taken, HashSet<string> seen)
    {
        var id = unit.Name;
        if (!seen.Add(id))
        {
            for (var n = 2; !taken.Add(id = $"{unit.Name}-{n}"); n++)
            {
                // The next number.
            }
        }
        return unit with { Id = id, Children = [.. unit.Children.Select(c => Number(c, taken, seen))] };
    }
}
