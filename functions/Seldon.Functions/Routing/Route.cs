using Seldon.Functions.Graphs;
using Seldon.Functions.Models;
using Seldon.Functions.Options;

namespace Seldon.Functions.Routing;

/// <summary>Which model or graph, over which protocol and transport, at which endpoint. Immutable.</summary>
internal sealed class Route
{
    public required string Name { get; init; }

    /// <summary>The input topic whose records take this route, or null.</summary>
    public string? InputTopic { get; init; }

    public required ModelSelector Model { get; init; }

    /// <summary>Where the model is asked; nowhere when a graph answers.</summary>
    public Endpoints Endpoints { get; init; }

    /// <summary>The graph that answers instead of a single model; null if none does.</summary>
    public InferenceGraph? Graph { get; init; }

    /// <summary>All endpoints: the model's, or those of the graph's nodes.</summary>
    public IEnumerable<ModelEndpoint> AllEndpoints => Graph?.Endpoints ?? Endpoints.All;
}
