using System.Globalization;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Standalone.StatusPage;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>What <c>run</c> shows on a terminal: a line for each endpoint with the figures of its route, and one for all.</summary>
internal static class RunTable
{
    private static readonly FittingTable<(RouteStatus Route, EndpointStatus? Endpoint, bool IsFirst)> Table = new(
        new("model", -22, 0, r => NameOf(r.Route, r.Endpoint)),
        new("results", 9, 2, r => r.IsFirst ? Invariant($"{r.Route.Answered}") : "", _ => Color.Green),
        new("results/s", 9, 3, r => r.IsFirst ? Invariant($"{r.Route.AnsweredRate:0}") : ""),
        new("dead letters", 12, 5, r => r.IsFirst ? Invariant($"{r.Route.Rejected}") : "", _ => Color.Yellow),
        new("in flight", 9, 4, r => r.Endpoint is { } e ? Invariant($"{e.InFlight}/{e.Limit}") : ""),
        new("p99 ms", 7, 6, r => r.Endpoint is { } e ? Invariant($"{e.P99 * 1000:0.0}") : ""),
        new("state", -7, 1, r => IsHeld(r.Endpoint) ? "waiting" : "ready", r => IsHeld(r.Endpoint) ? Color.Red : Color.Default));

    /// <summary>The table in at most so many lines, each of at most so many characters.</summary>
    public static IReadOnlyList<IReadOnlyList<(string Text, Color Colour)>> Lines(StatusDocument status, int width, int height)
    {
        var rows = status.Routes.SelectMany(r => r.Endpoints.Count == 0 ? [(r, (EndpointStatus?)null, true)] : r.Endpoints.Select((e, i) => (r, (EndpointStatus?)e, i == 0))).ToList();
        // Titles, the line of how many more there are, and that for all.
        var room = Math.Max(1, height - 3);
        List<IReadOnlyList<(string, Color)>> lines = [.. Table.Styled(rows.Take(room), width)];
        if (rows.Count > room) lines.Add([(FittingText.Cut($"and {rows.Count - room} more", width), Color.Default)]);
        lines.Add([(FittingText.Cut(Sum(status), width), status.NotReady is null ? Color.Default : Color.Yellow)]);
        return lines;
    }

    private static string Sum(StatusDocument status)
    {
        var (lag, inFlight) = (status.Partitions.Sum(p => p.Lag ?? 0), status.Partitions.Sum(p => p.InFlight));
        return status.NotReady is { } why ? $"not ready: {why}" : Invariant($"lag {lag}, {inFlight} records in flight, {status.Partitions.Count} partitions");
    }

    private static bool IsHeld(EndpointStatus? endpoint) => endpoint?.Gate == "closed";

    private static string NameOf(RouteStatus route, EndpointStatus? endpoint) =>
        string.Join(' ', new[] { route.Name.Length > 0 ? route.Name : "(no route)", endpoint?.Node, endpoint?.Transport }.Where(n => n is not null));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
