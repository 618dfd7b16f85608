using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Routing;

/// <summary>A server's answer to the question of one protocol.</summary>
/// <param name="Server">Transport and address, for a person.</param>
internal sealed record Recognised(Protocol Protocol, string Server, ServerAnswer Answer)
{
    /// <summary>Whether the answer shows that the server speaks the protocol.</summary>
    public bool IsSpoken => Protocol.ShowsPresence(Answer);
}

/// <summary>Finds out which protocols a server speaks, by asking it the question of each.</summary>
internal static class Recognition
{
    /// <summary>How long a server may take to answer a question about itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks the servers of a route that one model answers, over its transports, each the question of each protocol.</summary>
    public static async Task<IReadOnlyList<Recognised>> AskAsync(RouteOptions route, TimeProvider time, CancellationToken cancellationToken)
    {
        var asked = ProtocolTable.All.SelectMany(p =>
        {
            // What a record would be sent with may be none of this protocol's.
            var (rest, grpc) = Routes.Transports(route with { Protocol = p.Name, Method = null, DefaultProtoName = null, Control = null }, p, time);
            return new[] { rest, grpc }.OfType<IModelTransport>().Select(t => AskAsync(t, p, route, time, cancellationToken));
        });
        return await Task.WhenAll(asked).ConfigureAwait(false);
    }

    /// <summary>What comes of asking a server, or of not being answered in time.</summary>
    public static async Task<T> WithinPatienceAsync<T>(Func<CancellationToken, ValueTask<T>> ask, Func<string, T> otherwise, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return otherwise($"does not answer within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>Asks one question.</summary>
    public static Task<ServerAnswer> AskAsync(IModelTransport transport, ServerQuestion question, TimeProvider time, CancellationToken cancellationToken) =>
        WithinPatienceAsync(stop => transport.AskAsync(question, stop), why => new ServerAnswer("", transport.Kind == Transport.Grpc, [], why), time, cancellationToken);

    private static async Task<Recognised> AskAsync(IModelTransport transport, Protocol protocol, RouteOptions route, TimeProvider time, CancellationToken cancellationToken)
    {
        using (transport)
        {
            var answer = await AskAsync(transport, protocol.PresenceQuestion(route.Model), time, cancellationToken).ConfigureAwait(false);
            return new Recognised(protocol, (transport.Kind == Transport.Grpc ? $"gRPC {route.GrpcUrl}" : $"REST {route.RestUrl}").TrimEnd('/'), answer);
        }
    }
}
