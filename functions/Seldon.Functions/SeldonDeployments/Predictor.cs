using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>A predictor of a SeldonDeployment, as far as it matters here. Immutable.</summary>
internal sealed record Predictor
{
    public required string Name { get; init; }

    public required int Line { get; init; }

    /// <summary>What it was read from, for the graph, which is read when it is asked for.</summary>
    public required ManifestSection Section { get; init; }

    public IReadOnlyList<ServerContainer> Containers { get; init; } = [];

    /// <summary>Settings from <c>svcOrchSpec.env</c>, by their names.</summary>
    public IReadOnlyDictionary<string, ManifestSetting> Environment { get; init; } = new Dictionary<string, ManifestSetting>();

    /// <summary>Its annotations, with their lines.</summary>
    public IReadOnlyList<(string Key, string Text, int Line)> Annotations { get; init; } = [];
}

/// <summary>A container with the server of the node that has its name.</summary>
/// <param name="Pod">Which of the predictor's componentSpecs it stands in, from 0.</param>
/// <param name="HttpPort">Its port with the name <c>http</c>.</param>
/// <param name="GrpcPort">Its port with the name <c>grpc</c>.</param>
internal sealed record ServerContainer(string Name, int Pod, int? HttpPort, int? GrpcPort);
