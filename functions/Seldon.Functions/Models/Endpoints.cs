using Seldon.Functions.Records;

namespace Seldon.Functions.Models;

/// <summary>Where a model, or a node of a graph, is asked: over REST, over gRPC, or over both.</summary>
/// <param name="Rest">The REST endpoint; null for gRPC only.</param>
/// <param name="Grpc">The gRPC endpoint; null for REST only.</param>
/// <param name="IsGrpcByDefault">Whether a record that no header describes is a gRPC request.</param>
internal readonly record struct Endpoints(ModelEndpoint? Rest, ModelEndpoint? Grpc, bool IsGrpcByDefault = false)
{
    /// <summary>Those that there are.</summary>
    public IEnumerable<ModelEndpoint> All => new[] { Rest, Grpc }.OfType<ModelEndpoint>();

    /// <summary>The endpoint for a record: the only one, or by the headers that describe its value; null if there is none.</summary>
    public ModelEndpoint? For(Record record)
    {
        if (Rest is null || Grpc is null) return Rest ?? Grpc;
        return HeaderNames.IsProtobuf(record) || (IsGrpcByDefault && !HeaderNames.IsDescribed(record)) ? Grpc : Rest;
    }
}
