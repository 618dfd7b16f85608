using Microsoft.Extensions.Hosting;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Standalone.StatusPage;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Keeps the table of <c>run</c> on a terminal, below the log. There it stays when the host stops.</summary>
internal sealed class LiveTable(LiveScreen screen, StreamStatus status, MetricsHistory history, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The terminal's end, if there is one: not in a pipe, nor where the cursor cannot be moved.</summary>
    public static LiveScreen? TryOpen() =>
        Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? null : new LiveScreen(Console.Out);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ShowAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The terminal has gone; records flow on.
        }
    }

    private async Task ShowAsync(CancellationToken stoppingToken)
    {
        var startedAt = time.GetUtcNow();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            // The last column stays free: some terminals begin a line when it is written.
            var lines = RunTable.Lines(StatusDocument.Of(status, history.Read(), startedAt, time), Page.Width - 1, AnsiConsole.Profile.Height - 1);
            screen.Show([.. lines.Select(l => string.Concat(l.Select(Paint)).TrimEnd())]);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>With the colours that the terminal has; none with <c>NO_COLOR</c>.</summary>
    private static string Paint((string Text, Color Colour) part) =>
        part.Colour == Color.Default ? part.Text : AnsiConsole.Console.ToAnsi(new Text(part.Text, new Style(part.Colour))).TrimEnd('\r', '\n');
}
