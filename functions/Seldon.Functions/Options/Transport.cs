namespace Seldon.Functions.Options;

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
