using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>Nodes by their types, as a manifest would have them.</summary>
internal static class Nodes
{
    public static GraphNode Model(string name, params GraphNode[] children) => Of(name, NodeMethods.Predict, children);

    public static GraphNode Transformer(string name, params GraphNode[] children) => Of(name, NodeMethods.TransformInput, children);

    public static GraphNode OutputTransformer(string name, params GraphNode[] children) => Of(name, NodeMethods.TransformOutput, children);

    public static GraphNode Router(string name, params GraphNode[] children) => Of(name, NodeMethods.Route, children);

    public static GraphNode Combiner(string name, params GraphNode[] children) => Of(name, NodeMethods.Aggregate, children);

    private static GraphNode Of(string name, NodeMethods methods, GraphNode[] children) => new() { Name = name, Methods = methods, Children = children };
}
