using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Seldon.Functions.Demo.Model;

/// <summary>Why the model does not answer: a gRPC code, which REST translates, and a text.</summary>
internal sealed record Refusal(StatusCode Status, string Message)
{
    /// <summary>The HTTP status of the codes that the model has use for.</summary>
    public int HttpStatus => Status == StatusCode.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;

    public static Refusal Invalid(string message) => new(StatusCode.InvalidArgument, message);

    public RpcException ToException() => new(new Status(Status, Message));
}
