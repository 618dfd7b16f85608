using Seldon.Functions.Options;
using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>The graph of a manifest, checked, with the addresses of its nodes. Immutable.</summary>
internal sealed record DeployedGraph
{
    public required Deployment Deployment { get; init; }

    public required GraphNode Root { get; init; }

    public required Transport Transport { get; init; }

    /// <summary>What of its manifest has no effect, in its order.</summary>
    public required IReadOnlyList<NotHonoured> NotHonoured { get; init; }

    /// <summary>All nodes, from top to bottom.</summary>
    public IEnumerable<GraphNode> Nodes => Root.All;

    /// <summary>A single model is the trivial graph: a plain route answers for it.</summary>
    public bool IsSingleModel => Root is { Methods: NodeMethods.Predict, BuiltIn: BuiltIn.None, Children: [] };

    /// <summary>Of a single model, the deadline of a call that the manifest or the node's setting asks for; the longer where both transports have one.</summary>
    public TimeSpan? Timeout => !IsSingleModel ? null : Transport switch
    {
        Transport.Rest => Root.RestTimeout,
        Transport.Grpc => Root.GrpcTimeout,
        _ => Root.RestTimeout is { } rest && Root.GrpcTimeout is { } grpc ? (rest > grpc ? rest : grpc) : null,
    };
}
