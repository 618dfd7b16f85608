using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>A SeldonDeployment with the one predictor that is to run. Immutable.</summary>
internal sealed record Deployment
{
    /// <summary>The manifest's path, or the setting that holds it.</summary>
    public required string Source { get; init; }

    /// <summary>Null where only a predictor is known, and nobody has said whose it is.</summary>
    public string? Name { get; init; }

    public required string Namespace { get; init; }

    public required Predictor Predictor { get; init; }

    /// <summary>All predictors in their order: the ports that nothing else sets are counted through them.</summary>
    public required IReadOnlyList<Predictor> Predictors { get; init; }

    /// <summary>The transport of all its nodes: <c>rest</c>, <c>grpc</c>; null where it says none.</summary>
    public string? Transport { get; init; }

    /// <summary>Whether Seldon's operator has deployed the servers of the graph.</summary>
    public bool IsDeployed { get; init; }

    /// <summary>Whether the operator would give the executor a pod of its own, so that no server is beside it.</summary>
    public bool HasSeparateEngine { get; init; }

    /// <summary>Annotations for the whole of it, later ones winning, each with its place.</summary>
    public IReadOnlyList<(string Key, string Text, string Place)> Annotations { get; init; } = [];

    /// <summary>What of it has no effect, the graph aside.</summary>
    public IReadOnlyList<NotHonoured> NotHonoured { get; init; } = [];

    /// <summary>The consumer group of Seldon's executor; null without the deployment's name.</summary>
    public string? Group => Name is null ? null : $"{Predictor.Name}.{Name}.{Namespace}";
}
