using CsCheck;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>Any graph: up to six nodes deep, of all types and with any methods, and which of its nodes refuse what they are sent.</summary>
/// <param name="Root">The graph.</param>
/// <param name="Refusing">The names of the nodes that refuse everything.</param>
internal sealed record AnyGraph(GraphNode Root, IReadOnlySet<string> Refusing)
{
    public const int MostNodes = 20;

    private const int Deepest = 6;

    /// <param name="dialect">Not every protocol has every node.</param>
    public static Gen<AnyGraph> Of(GraphDialect dialect) => Gen.Select(
        Shape(dialect, Deepest), Gen.Frequency((2, Gen.Const(Array.Empty<int>())), (1, Gen.Int[0, MostNodes - 1].Array[1, 3])), (shape, refusing) =>
    {
        var (count, names) = (0, new List<string>());
        var root = Name(shape);
        return new AnyGraph(root, refusing.Where(i => i < names.Count).Select(i => names[i]).ToHashSet(StringComparer.Ordinal));

        GraphNode Name(GraphNode node)
        {
            var name = $"n{count++}";
            names.Add(name);
            var children = node.Children.TakeWhile(_ => count < MostNodes).Select(Name).ToList();
            // A choice of two needs two.
            return node with { Name = name, Children = children, BuiltIn = node.BuiltIn == BuiltIn.RandomAbTest && children.Count < 2 ? BuiltIn.None : node.BuiltIn };
        }
    });

    public override string ToString() => $"{Describe(Root)}{(Refusing.Count > 0 ? $", refusing: {string.Join(' ', Refusing)}" : "")}";

    private static Gen<GraphNode> Shape(GraphDialect dialect, int depth)
    {
        var any = NodeMethods.Predict | NodeMethods.TransformInput | NodeMethods.TransformOutput
            | (dialect.HasRoutersAndCombiners ? NodeMethods.Route | NodeMethods.Aggregate : NodeMethods.None);
        NodeMethods[] types = [NodeMethods.None, .. any.Each()];
        var methods = Gen.Frequency((4, Gen.OneOf(types)), (1, Gen.Int[0, 31].Select(bits => (NodeMethods)bits & any)));
        var children = depth == 1 ? Gen.Const(Array.Empty<GraphNode>()) : Gen.Frequency((1, Gen.Const(Array.Empty<GraphNode>())), (2, Shape(dialect, depth - 1).Array[1, 3]));
        return Gen.Select(methods, Gen.OneOf(BuiltIn.None, BuiltIn.None, BuiltIn.RandomAbTest, BuiltIn.SimpleRouter), Gen.Double[0, 1], children,
            (asked, builtIn, ratio, below) => new GraphNode { Name = "", Methods = asked, BuiltIn = builtIn, RatioA = ratio, Children = below });
    }

    private static string Describe(GraphNode node) =>
        $"{node.Name}:{node.Methods}{(node.BuiltIn == BuiltIn.None ? "" : $" {node.BuiltIn} {node.RatioA}")}({string.Join(' ', node.Children.Select(Describe))})";
}
