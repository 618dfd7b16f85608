using Seldon.Functions.Graph;

namespace Seldon.Functions;

/// <summary>How a model is addressed at its server.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">A version, or null for the server's choice: a whole number for TensorFlow, any text for v2. Not together with a label.</param>
/// <param name="Label">A version label of TensorFlow such as <c>stable</c>, or null.</param>
public sealed record ModelSelector(string Name, string? Version = null, string? Label = null);

/// <summary>How bytes reach a model server.</summary>
public enum Transport
{
    /// <summary>By each record: gRPC where it has the header <c>proto-name</c>, else REST.</summary>
    Auto,

    /// <summary>JSON bytes over HTTP.</summary>
    Rest,

    /// <summary>Protobuf bytes over gRPC; the header <c>proto-name</c> names their type.</summary>
    Grpc,
}

/// <summary>What answers at the route's address.</summary>
public enum Target
{
    /// <summary>A model server or a model container.</summary>
    Model,

    /// <summary>The front door of a SeldonDeployment, with Seldon's external paths.</summary>
    FrontDoor,
}

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
