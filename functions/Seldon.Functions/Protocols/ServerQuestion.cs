namespace Seldon.Functions.Protocols;

/// <summary>What a server is asked about itself, before there is any record: by <c>check</c>, and where no protocol is set.</summary>
/// <param name="RestPath">Over REST, the path of a GET.</param>
/// <param name="GrpcPath">Over gRPC, the path of a unary call, such as <c>/package.Service/Method</c>.</param>
/// <param name="GrpcRequest">The bytes of that call's request.</param>
internal sealed record ServerQuestion(string RestPath, string GrpcPath, byte[] GrpcRequest);

/// <summary>What came back.</summary>
/// <param name="Status">The HTTP or gRPC status, such as <c>404</c> or <c>NOT_FOUND</c>; empty if nobody answered.</param>
/// <param name="IsGrpc">Whether it came over gRPC, so that the body is a message and not JSON.</param>
/// <param name="Body">The body; empty if there is none.</param>
/// <param name="Failure">Why nobody answered; empty if somebody did.</param>
internal sealed record ServerAnswer(string Status, bool IsGrpc, byte[] Body, string Failure = "")
{
    public bool IsOk => Status is "200" or "OK";
}
