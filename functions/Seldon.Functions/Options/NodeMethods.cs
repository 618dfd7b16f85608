namespace Seldon.Functions.Options;

/// <summary>What a node of an inference graph is asked for. Seldon's words; a node may be asked for several.</summary>
[Flags]
public enum NodeMethods : byte
{
    /// <summary>Nothing: the node only holds its children together.</summary>
    None = 0,

    /// <summary>A prediction, before its children see what it answers (type <c>MODEL</c>).</summary>
    Predict = 1,

    /// <summary>What its children are to see (type <c>TRANSFORMER</c>, method <c>TRANSFORM_INPUT</c>); instead of a prediction, if both are set.</summary>
    TransformInput = 2,

    /// <summary>Which of its children (type <c>ROUTER</c>, method <c>ROUTE</c>): -1 all, -2 none, else the child's number from 0.</summary>
    Route = 4,

    /// <summary>One answer of those of its children (type <c>COMBINER</c>, method <c>AGGREGATE</c>).</summary>
    Aggregate = 8,

    /// <summary>What leaves it, once its children have answered (type <c>OUTPUT_TRANSFORMER</c>, method <c>TRANSFORM_OUTPUT</c>).</summary>
    TransformOutput = 16,
}

/// <summary>What a node is asked for, as a set.</summary>
internal static class NodeMethodSet
{
    /// <summary>Those that are set, each alone, in the order of their declaration.</summary>
    public static IEnumerable<NodeMethods> Each(this NodeMethods methods) =>
        Enum.GetValues<NodeMethods>().Where(m => m != NodeMethods.None && methods.HasFlag(m));
}
