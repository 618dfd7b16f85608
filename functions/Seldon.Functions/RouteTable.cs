using System.Text;

namespace Seldon.Functions;

/// <summary>All routes, and which of them a record takes.</summary>
internal sealed class RouteTable(IReadOnlyList<Route> routes) : IAsyncDisposable
{
    public IReadOnlyList<Route> Routes => routes;

    /// <summary>The route of a record, or the reason why there is none.</summary>
    /// <remarks>1. The header <c>seldon-model</c>, where there are several routes. 2. The input topic's route. 3. The default route.</remarks>
    public Route? Find(Record record, out Rejection? rejection)
    {
        rejection = null;
        if (routes.Count > 1 && record.Headers.Count(HeaderNames.Model, out var name) is > 0 and var count)
        {
            var named = count == 1 && name is not null ? Named(name) : null;
            if (named is null)
                rejection = new Rejection(RejectionReason.UnknownRoute,
                    count > 1 ? $"The header {HeaderNames.Model} stands there {count} times." : $"The header {HeaderNames.Model} names no route.");
            return named;
        }
        foreach (var route in routes)
        {
            if (route.InputTopic == record.Topic) return route;
        }
        foreach (var route in routes)
        {
            if (route.InputTopic is null) return route;
        }
        rejection = new Rejection(RejectionReason.UnknownRoute, "No route takes this topic, and there is no default route.");
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in routes.SelectMany(r => r.AllEndpoints)) await endpoint.DisposeAsync();
    }

    private Route? Named(byte[] name)
    {
        foreach (var route in routes)
        {
            if (Encoding.UTF8.GetByteCount(route.Name) == name.Length && Encoding.UTF8.GetBytes(route.Name).AsSpan().SequenceEqual(name))
                return route;
        }
        return null;
    }
}
