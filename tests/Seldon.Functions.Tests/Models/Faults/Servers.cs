using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Servers as they are met: what they do with a call, by transport.</summary>
internal static class Servers
{
    /// <summary>A status in the call's own transport, with the server's words.</summary>
    public static Reaction Status(int http, int grpc, string words = "{}") =>
        (context, call) => (call.IsGrpc ? Reactions.Grpc(grpc, words) : Reactions.Http(http, words))(context, call);

    /// <summary>Answers, and then closes the connection without having said so, as uvicorn does after a failure.</summary>
    public static Reaction ThenCloses(Reaction reaction) => async (context, call) =>
    {
        var connection = context.Features.Get<IConnectionLifetimeFeature>()!;
        context.Response.OnCompleted(() =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });
        await reaction(context, call);
    };

    /// <summary>Several replicas behind one address that share the connections in turn; the first of them does this with every call.</summary>
    public static Func<Call, Reaction> OneSickReplicaOf(int replicas, Reaction sick, Func<Call, Reaction> others)
    {
        var connections = new ConcurrentDictionary<string, int>();
        var next = -1;
        return asked => (context, call) =>
            connections.GetOrAdd(context.Connection.Id, _ => Interlocked.Increment(ref next)) % replicas == 0 ? sick(context, call) : others(call)(context, call);
    }

    /// <summary>Takes one call at a time, and pushes back every other.</summary>
    public static Reaction OneAtATime(SemaphoreSlim place, Reaction pushBack) => async (context, call) =>
    {
        if (!await place.WaitAsync(0))
        {
            await pushBack(context, call);
            return;
        }
        try
        {
            await Reactions.Digest(context, call);
        }
        finally
        {
            place.Release();
        }
    };
}
