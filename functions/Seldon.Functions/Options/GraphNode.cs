namespace Seldon.Functions.Options;

/// <summary>A node of an inference graph as it is set: what it is asked for, where it is served, what comes after it. Immutable.</summary>
public sealed record GraphNode
{
    /// <summary>The node's name, unique in its graph: in log lines, metrics and reasons of dead letters.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its model at its server, where the protocol has one; null for its own name.</summary>
    public string? Model { get; init; }

    /// <summary>What its server is asked for. Default: nothing.</summary>
    public NodeMethods Methods { get; init; }

    /// <summary>What it does without a server. Default: nothing.</summary>
    public BuiltIn BuiltIn { get; init; }

    /// <summary>Of <see cref="Options.BuiltIn.RandomAbTest"/>: how probable child 0 is, from 0 to 1. Default 0.5. Parameter <c>ratioA</c>.</summary>
    public double RatioA { get; init; } = 0.5;

    /// <summary>The nodes below it, in order. Default: none.</summary>
    public IReadOnlyList<GraphNode> Children { get; init; } = [];

    /// <summary>scheme://host:port of its REST server, perhaps with a path that stands before the protocol's own; null where it has none or is asked for nothing.</summary>
    public Uri? RestUrl { get; init; }

    /// <summary>scheme://host:port of its gRPC server; null where it has none or is asked for nothing.</summary>
    public Uri? GrpcUrl { get; init; }

    /// <summary>The host that calls to it name; null for that of its route.</summary>
    public string? HostHeader { get; init; }

    /// <summary>Deadline of one REST call to it; null for that of its route.</summary>
    public TimeSpan? RestTimeout { get; init; }

    /// <summary>Deadline of one gRPC call to it; null for that of its route.</summary>
    public TimeSpan? GrpcTimeout { get; init; }

    /// <summary>This node and all below it, from top to bottom.</summary>
    internal IEnumerable<GraphNode> All => Children.SelectMany(c => c.All).Prepend(this);
}
