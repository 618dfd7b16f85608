using Seldon.Functions.Demo.Dialects;

namespace Seldon.Functions.Demo.Report;

/// <summary>How far the demo is: what the independent reader has seen of each dialect, how long its model calls take, and whether its model is held.</summary>
internal sealed class DemoProgress(IReadOnlyList<Dialect> dialects, DemoLedger ledger, DemoFigures figures, DemoTimeline timeline)
{
    public IReadOnlyList<DemoRoute> Routes(TimeSpan elapsed) => [.. dialects.Select(d => Of(d.Protocol, d.TransportName, [d], elapsed))];

    public DemoRoute Total(TimeSpan elapsed) => Of("all", "", dialects, elapsed);

    public IReadOnlyList<DemoEvent> Events => timeline.Events;

    private DemoRoute Of(string protocol, string transport, IReadOnlyList<Dialect> among, TimeSpan elapsed)
    {
        var counts = among.Select(ledger.CountsOf).Aggregate((one, other) => one + other);
        var calls = figures.CallPercentiles(among, 50, 99);
        var perSecond = elapsed > TimeSpan.Zero ? (counts.Results + counts.DeadLetters) / elapsed.TotalSeconds : 0;
        return new DemoRoute(
            protocol, transport, counts.Records, counts.Results, counts.DeadLetters, Math.Round(perSecond, 1), Math.Round(calls[0], 2), Math.Round(calls[1], 2))
        {
            Gate = figures.GateOf(among),
        };
    }
}
