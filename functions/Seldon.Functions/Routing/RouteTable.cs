using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Routing;

/// <summary>All routes, and which of them a record takes.</summary>
internal sealed class RouteTable(IReadOnlyList<Route> routes) : IAsyncDisposable
{
    public IReadOnlyList<Route> Routes => routes;

    /// <summary>The route of a record, or the reason why there is none.</summary>
    /// <remarks>1. The header <c>seldon-model</c>. 2. The input topic's route. 3. The default route.</remarks>
    public Route? Find(Record record, out Rejection? rejection)
    {
        rejection = null;
        if (record.Headers.Count(HeaderNames.Model, out var name) is > 0 and var count)
        {
            if (count == 1 && Named(name) is { } named) return named;
            if (!IsResult(record))
            {
                rejection = new Rejection(RejectionReason.UnknownRoute,
                    count > 1 ? $"The header {HeaderNames.Model} appears {count} times." : $"The header {HeaderNames.Model} names no route.");
                return null;
            }
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

    /// <summary>On the result of another processor the header says which model answered there; it chooses a route only if it names one.</summary>
    private static bool IsResult(Record record) => record.Headers.Count(HeaderNames.Source, out _) > 0;

    /// <summary>The route with this name; the only route also answers to the name of its model.</summary>
    private Route? Named(ReadOnlySpan<byte> name)
    {
        foreach (var route in routes)
        {
            if (IsText(name, route.Name) || (routes.Count == 1 && IsText(name, route.Model.Name))) return route;
        }
        return null;
    }

    private static bool IsText(ReadOnlySpan<byte> utf8, string text) => Encoding.UTF8.GetByteCount(text) == utf8.Length && Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(utf8);
}
