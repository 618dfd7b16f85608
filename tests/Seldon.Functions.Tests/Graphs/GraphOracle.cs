using Seldon.Functions.Graphs;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>What a graph must answer, by plain recursion over its nodes, as Seldon's executor is described.</summary>
internal static class GraphOracle
{
    public static string Pass(string node, string text) => $"{text}>{node}";

    /// <summary>What a node makes of a text. One that could do both says which of them it was asked for, where the protocol tells.</summary>
    public static string Pass(GraphNode node, string text, NodeMethods asked, bool tellsMethods) =>
        tellsMethods && asked == NodeMethods.TransformInput && node.Methods.HasFlag(NodeMethods.Predict) ? $"{text}>{node.Name}*" : Pass(node.Name, text);

    public static string Aggregate(string node, IEnumerable<string> texts) => $"({string.Join('+', texts)})>{node}";

    /// <summary>A router's choice: any of -2, -1 and its children.</summary>
    public static int Route(GraphNode node, string text) => (int)(Hash(node.Name + text) % (uint)(node.Children.Count + 2)) - 2;

    /// <summary>The text that comes out, or null and the nodes of which one must have refused it.</summary>
    /// <param name="id">The record's id.</param>
    /// <param name="refuses">Which nodes refuse everything.</param>
    /// <param name="tellsMethods">Whether a prediction and a transformation are asked for in different ways.</param>
    public static (string? Text, IReadOnlyList<string> Refused) Walk(GraphNode node, string text, string id, Func<string, bool> refuses, bool tellsMethods)
    {
        var asked = node.Methods;
        if (asked.HasFlag(NodeMethods.Predict) || asked.HasFlag(NodeMethods.TransformInput))
        {
            if (refuses(node.Name)) return (null, [node.Name]);
            text = Pass(node, text, asked.HasFlag(NodeMethods.TransformInput) ? NodeMethods.TransformInput : NodeMethods.Predict, tellsMethods);
        }
        if (node.Children.Count > 0)
        {
            if (asked.HasFlag(NodeMethods.Route) && refuses(node.Name)) return (null, [node.Name]);
            var way = asked.HasFlag(NodeMethods.Route) ? Route(node, text)
                : node.BuiltIn == BuiltIn.RandomAbTest ? AbTest.Choose(System.Text.Encoding.UTF8.GetBytes(id), node.Name, node.RatioA)
                : node.BuiltIn == BuiltIn.SimpleRouter ? 0 : -1;
            if (way != -2)
            {
                var answers = (way == -1 ? node.Children : [node.Children[way]]).Select(c => Walk(c, text, id, refuses, tellsMethods)).ToList();
                var refused = answers.Where(a => a.Text is null).SelectMany(a => a.Refused).ToList();
                if (refused.Count > 0) return (null, refused);
                if (asked.HasFlag(NodeMethods.Aggregate) && refuses(node.Name)) return (null, [node.Name]);
                text = asked.HasFlag(NodeMethods.Aggregate) ? Aggregate(node.Name, answers.Select(a => a.Text!)) : answers[0].Text!;
            }
        }
        if (!asked.HasFlag(NodeMethods.TransformOutput)) return (text, []);
        return refuses(node.Name) ? (null, [node.Name]) : (Pass(node.Name, text), []);
    }

    private static uint Hash(string text) => text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u) >> 7;
}
