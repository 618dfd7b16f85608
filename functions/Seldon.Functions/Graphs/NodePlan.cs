using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Graphs;

/// <summary>
/// Makes the nodes of a graph from its settings. What becomes of each answer is known beforehand: an answer that another node is to
/// read is looked at when it comes, where its sender can still be asked again.
/// </summary>
internal static class NodePlan
{
    /// <param name="settings">The graph.</param>
    /// <param name="connect">Makes a node's endpoints.</param>
    public static Node Make(GraphNode settings, Func<GraphNode, Endpoints> connect) =>
        Make(settings, AnswerUse.Leaves, connect);

    /// <param name="leaving">What becomes of a message that leaves the node.</param>
    private static Node Make(GraphNode settings, AnswerUse leaving, Func<GraphNode, Endpoints> connect)
    {
        // A transformation instead of a prediction, where both are asked for, as in Seldon's executor.
        var entering = settings.Methods.HasFlag(NodeMethods.TransformInput) ? NodeMethods.TransformInput : settings.Methods & NodeMethods.Predict;
        var below = Below(settings, leaving);
        return new Node
        {
            Settings = settings,
            Endpoints = settings.Methods == NodeMethods.None ? default : connect(settings),
            Children = [.. settings.Children.Select(c => Make(c, below, connect))],
            Enter = entering == NodeMethods.None ? null : new NodeCall(entering, AfterEntering(settings, leaving), false, 0),
            Route = Asks(NodeMethods.Route) && settings.Children.Count > 0 ? new NodeCall(NodeMethods.Route, default, false, (ushort)settings.Children.Count) : null,
            Aggregate = Asks(NodeMethods.Aggregate) && settings.Children.Count > 0 ? new NodeCall(NodeMethods.Aggregate, AfterChildren(settings, leaving), false, 0) : null,
            Leave = Asks(NodeMethods.TransformOutput) ? new NodeCall(NodeMethods.TransformOutput, leaving, false, 0) : null,
        };

        bool Asks(NodeMethods method) => settings.Methods.HasFlag(method);
    }

    /// <summary>What becomes of what comes from the children, or from their combination.</summary>
    private static AnswerUse AfterChildren(GraphNode node, AnswerUse leaving) => node.Methods.HasFlag(NodeMethods.TransformOutput) ? AnswerUse.Chained : leaving;

    /// <summary>What becomes of a message that leaves a child.</summary>
    private static AnswerUse Below(GraphNode node, AnswerUse leaving) => node.Methods.HasFlag(NodeMethods.Aggregate) ? AnswerUse.Listed : AfterChildren(node, leaving);

    /// <summary>What becomes of the node's own answer: the most that a child may make of it, or, where no child may see it, what comes after.</summary>
    private static AnswerUse AfterEntering(GraphNode node, AnswerUse leaving)
    {
        if (node.Children.Count == 0) return AfterChildren(node, leaving);
        var below = Below(node, leaving);
        var use = node.Children.Max(c => Entering(c, below));
        var after = AfterChildren(node, leaving);
        return node.Methods.HasFlag(NodeMethods.Route) && after > use ? after : use;
    }

    private static AnswerUse Entering(GraphNode node, AnswerUse leaving) =>
        (node.Methods & (NodeMethods.Predict | NodeMethods.TransformInput)) != NodeMethods.None ? AnswerUse.Chained : AfterEntering(node, leaving);
}
