using Grpc.Core;

namespace Seldon.Functions.Protocols;

/// <summary>
/// All that the transports need to know of an inference protocol. Each protocol is one value of this class, in one file.
/// </summary>
internal sealed class Protocol
{
    /// <summary>The protocol's name, as settings write it.</summary>
    public required string Name { get; init; }

    /// <summary>The path that a REST request is posted to.</summary>
    public required Func<ModelSelector, string> RestPath { get; init; }

    /// <summary>The path whose GET tells whether the model is ready.</summary>
    public required Func<ModelSelector, string> RestReadyPath { get; init; }

    /// <summary>Whether the body of a 200 answer to that GET says that the model is ready.</summary>
    public required Func<byte[], bool> IsReadyBody { get; init; }

    /// <summary>Whose fault an HTTP status is.</summary>
    public required Func<int, Fault> FaultOfHttp { get; init; }

    /// <summary>The unary gRPC methods whose requests a record may carry.</summary>
    public required IReadOnlyList<GrpcMethod> Methods { get; init; }

    /// <summary>The path of the gRPC readiness call, such as <c>/package.Service/Method</c>.</summary>
    public required string GrpcReadyPath { get; init; }

    /// <summary>The bytes of that call's request.</summary>
    public required Func<ModelSelector, byte[]> GrpcReadyRequest { get; init; }

    /// <summary>Whether the bytes of an OK answer to that call say that the model is ready.</summary>
    public required Func<byte[], bool> IsReadyMessage { get; init; }

    /// <summary>Whose fault a gRPC status is.</summary>
    public required Func<Status, Fault> FaultOfGrpc { get; init; }
}

/// <summary>One gRPC method: the request type that <c>proto-name</c> gives, where it goes, and what comes back.</summary>
internal sealed class GrpcMethod
{
    /// <summary>The request's full type name in UTF-8: the exact value of <c>proto-name</c>.</summary>
    public required byte[] RequestType { get; init; }

    /// <summary>The path, such as <c>/package.Service/Method</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The response's full type name in UTF-8: <c>proto-name</c> of the result.</summary>
    public required byte[] ResponseType { get; init; }

    /// <summary>Checks a request without making anything from it.</summary>
    public required Func<byte[], ModelSelector, RequestCheck> Check { get; init; }

    /// <summary>The shape that an answer must have.</summary>
    public required MessageShape Response { get; init; }
}

/// <summary>What the check of a request found.</summary>
/// <param name="Problem">What is wrong with it; null if nothing.</param>
/// <param name="NamesOtherModel">It names a model, version or label of its own choice, other than the route's.</param>
internal readonly record struct RequestCheck(string? Problem, bool NamesOtherModel = false);
