namespace Seldon.Functions.Options;

/// <summary>What a node does without any server: Seldon's <c>implementation</c>.</summary>
public enum BuiltIn
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary><c>RANDOM_ABTEST</c>: routes to child 0 with the probability <see cref="GraphNode.RatioA"/>, else to child 1.</summary>
    RandomAbTest,

    /// <summary><c>SIMPLE_MODEL</c>: always the same answer, for tests of a graph. Protocol <c>seldon</c> only.</summary>
    SimpleModel,

    /// <summary><c>SIMPLE_ROUTER</c>: always child 0, for tests of a graph.</summary>
    SimpleRouter,
}
