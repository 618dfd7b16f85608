using System.Diagnostics;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models;

/// <summary>A request that is ready to be sent.</summary>
/// <param name="Record">The record that it was made of.</param>
/// <param name="Body">The bytes of the request: the record's value, except where the protocol chains an answer into a request.</param>
/// <param name="Path">Where it is posted to; null for gRPC.</param>
/// <param name="Method">The gRPC method; null for REST.</param>
/// <param name="NamesOtherModel">The record names a model of its own choice, other than the route's.</param>
/// <param name="Call">What it asks of a node of a graph.</param>
internal record ModelRequest(
    Record Record, byte[] Body, Uri? Path, GrpcMethod? Method = null, bool NamesOtherModel = false, NodeCall Call = default)
{
    /// <summary>The bytes to send, wherever they are.</summary>
    public virtual ArraySegment<byte> Content => Body;

    /// <summary>How many records it is for.</summary>
    public virtual int Records => 1;
}

/// <summary>A request with the rows of several records. Its own record stands for them: it has the headers that they share, and no id.</summary>
/// <param name="First">The request of one of them, which says where it goes.</param>
/// <param name="Shared">What stands for the records.</param>
/// <param name="Bytes">The bytes to send.</param>
/// <param name="Count">How many records it is for.</param>
/// <param name="Links">The spans of the records; empty if nobody listens.</param>
internal sealed record MergedRequest(ModelRequest First, Record Shared, ArraySegment<byte> Bytes, int Count, IReadOnlyList<ActivityLink> Links)
    : ModelRequest(Shared, [], First.Path, First.Method, First.NamesOtherModel, First.Call)
{
    public override ArraySegment<byte> Content => Bytes;

    public override int Records => Count;
}

/// <summary>The way that a call takes to the server.</summary>
/// <param name="Connection">Which of several connections; a record's attempts count up from one to the next.</param>
/// <param name="IsRetry">An attempt of the record has failed: not over the connection that it took.</param>
/// <param name="IsAlone">Over a connection that carries nothing else, because this request may break it.</param>
internal readonly record struct CallPath(long Connection, bool IsRetry, bool IsAlone);

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
    /// <param name="request">What is sent.</param>
    /// <param name="path">The way that it takes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken);

    /// <summary>The request as rows that can be put together with those of others; null if it must be alone in its call.</summary>
    RowBody? ReadRows(ModelRequest request) => null;

    /// <summary>The answer to a merged request as rows; null if it cannot be divided.</summary>
    RowBody? ReadRows(ModelRequest request, in Reply answer) => null;

    /// <summary>The protocol's readiness call.</summary>
    /// <param name="fresh">Over another connection than the last calls took.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken);

    /// <summary>Asks the server about itself. What stands in for a server answers nothing.</summary>
    ValueTask<ServerAnswer> AskAsync(ServerQuestion question, CancellationToken cancellationToken) => new(new ServerAnswer("", Kind == Transport.Grpc, [], "answers no questions"));
}
