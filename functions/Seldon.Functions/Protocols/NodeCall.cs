using Seldon.Functions.Options;

namespace Seldon.Functions.Protocols;

/// <summary>What becomes of a node's answer.</summary>
internal enum AnswerUse : byte
{
    /// <summary>It is the graph's answer, and leaves as it is.</summary>
    Leaves,

    /// <summary>It goes into the list of a combiner.</summary>
    Listed,

    /// <summary>It is chained: it becomes the request of another node.</summary>
    Chained,
}

/// <summary>What a call asks of its server. The zero value is that of a model which stands alone, in no graph.</summary>
/// <param name="Method">One of the node's methods.</param>
/// <param name="Use">What becomes of the answer.</param>
/// <param name="OfAnswer">The call carries what other nodes have answered, not the record itself.</param>
/// <param name="Children">For <see cref="NodeMethods.Route"/>: how many children there are to choose from.</param>
internal readonly record struct NodeCall(NodeMethods Method, AnswerUse Use, bool OfAnswer, ushort Children)
{
    /// <summary>Whether the model stands alone.</summary>
    public bool IsAlone => Method == NodeMethods.None;
}
