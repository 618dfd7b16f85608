using Seldon.Functions.Graph;
using Seldon.Functions.Protocols;

namespace Seldon.Functions;

/// <summary>A request that is ready to be sent.</summary>
/// <param name="Record">The record that it was made of.</param>
/// <param name="Body">The bytes to send: the record's value, except where the protocol chains an answer into a request.</param>
/// <param name="Path">Where it is posted to; null for gRPC.</param>
/// <param name="Method">The gRPC method; null for REST.</param>
/// <param name="NamesOtherModel">The record names a model of its own choice, other than the route's.</param>
/// <param name="Call">What it asks of a node of a graph.</param>
internal sealed record ModelRequest(
    Record Record, byte[] Body, Uri? Path, GrpcMethod? Method = null, bool NamesOtherModel = false, NodeCall Call = default);

/// <summary>How bytes are sent to a model server: over REST or over gRPC.</summary>
internal interface IModelTransport : IDisposable
{
    /// <summary>Transport, address and model, for log lines.</summary>
    string Name { get; }

    /// <summary>REST or gRPC.</summary>
    Transport Kind { get; }

    /// <summary>The server that calls go to; its path may not be that of a call.</summary>
    Uri Address { get; }

    /// <summary>The request that carries this record, or the reason why the record is none.</summary>
    /// <param name="record">The record; within a graph, the message that stands for it at that place.</param>
    /// <param name="call">What the request asks of a node of a graph.</param>
    ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection);

    /// <summary>
    /// One call. Whatever the server or the network does is a reply; the only exception is
    /// <see cref="OperationCanceledException"/>, when <paramref name="cancellationToken"/> ends the call.
    /// </summary>
    /// <param name="alone">Over a connection that carries nothing else, because this request may break it.</param>
    ValueTask<Reply> SendAsync(ModelRequest request, bool alone, CancellationToken cancellationToken);

    /// <summary>The protocol's readiness call: null if the model is ready, else what is wrong, to follow "the endpoint".</summary>
    ValueTask<string?> ProbeAsync(CancellationToken cancellationToken);
}
