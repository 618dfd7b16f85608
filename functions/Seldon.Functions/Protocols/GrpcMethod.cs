using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols;

/// <summary>One gRPC method: the request type that <c>proto-name</c> gives, where it goes, and what comes back.</summary>
internal sealed class GrpcMethod
{
    /// <summary>The value's full type name in UTF-8: the exact value of <c>proto-name</c>.</summary>
    public required byte[] RequestType { get; init; }

    /// <summary>The path, such as <c>/package.Service/Method</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The response's full type name in UTF-8: <c>proto-name</c> of the result.</summary>
    public required byte[] ResponseType { get; init; }

    /// <summary>Checks a value without making anything from it.</summary>
    public required Func<byte[], ModelSelector, RequestCheck> Check { get; init; }

    /// <summary>The request that a checked value stands for, where it is not the request itself.</summary>
    public Func<byte[], ModelSelector, byte[]>? ToRequest { get; init; }

    /// <summary>The same request, asking for the model of this name instead of its own; null where requests name no single model.</summary>
    public Func<byte[], string, byte[]>? Readdress { get; init; }

    /// <summary>Checks whether an answer can become the request of another node; null where no answer can.</summary>
    public Func<byte[], RequestCheck>? CheckChained { get; init; }

    /// <summary>How requests of several records share a call; null where each has its own.</summary>
    public RowFormat? Rows { get; init; }

    /// <summary>The shape that an answer must have.</summary>
    public required MessageShape Response { get; init; }

    /// <summary>Whether a message without any field is an answer, too.</summary>
    public bool MayAnswerNothing { get; init; }

    /// <summary>The failure that an answer speaks of although its status is OK; null if of none.</summary>
    public Func<byte[], BodyFailure?> FailureIn { get; init; } = _ => null;
}

/// <summary>What the check of a request found.</summary>
/// <param name="Problem">What is wrong with it; null if nothing.</param>
/// <param name="NamesOtherModel">It names a model, version or label of its own choice, other than the route's.</param>
internal readonly record struct RequestCheck(string? Problem, bool NamesOtherModel = false);
