using Seldon.Functions.Options;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>A node of the graph as the manifest says it; nothing is filled in yet. Immutable.</summary>
internal sealed record PredictiveUnit
{
    /// <summary>Implementations that need no server; any other names a prepackaged server.</summary>
    public const string RandomAbTest = "RANDOM_ABTEST";
    public const string SimpleModel = "SIMPLE_MODEL";
    public const string SimpleRouter = "SIMPLE_ROUTER";
    public const string AverageCombiner = "AVERAGE_COMBINER";
    public const string Unknown = "UNKNOWN_IMPLEMENTATION";

    /// <summary>The name of its container, and of its model where the protocol names models.</summary>
    public required string Name { get; init; }

    /// <summary>What tells it from other nodes with its name.</summary>
    public string Id { get => field ?? Name; init; }

    public required int Line { get; init; }

    /// <summary>What its server is asked for, by type and methods.</summary>
    public NodeMethods Methods { get; init; }

    public string? Implementation { get; init; }

    /// <summary>Of <see cref="RandomAbTest"/>.</summary>
    public double RatioA { get; init; } = 0.5;

    public UnitEndpoint Endpoint { get; init; } = new();

    public IReadOnlyList<PredictiveUnit> Children { get; init; } = [];

    public bool IsPrepackaged => Implementation is not (null or Unknown or RandomAbTest or SimpleModel or SimpleRouter or AverageCombiner);

    /// <summary>It and all below it, as they stand from top to bottom.</summary>
    public IEnumerable<PredictiveUnit> All => Children.SelectMany(c => c.All).Prepend(this);
}

/// <summary>Where a node is served, as far as the manifest says it itself.</summary>
/// <param name="ServicePort">The older form: the port of the deployment's transport.</param>
/// <param name="Type">The older form of the deployment's transport: REST or GRPC.</param>
internal sealed record UnitEndpoint(int Line = 0, string? ServiceHost = null, int? ServicePort = null, int? HttpPort = null, int? GrpcPort = null, string? Type = null);
