using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Seldon.Functions.Standalone.Bench;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows a measurement to a person: what is being done, in a terminal; tables, and what to set.</summary>
internal static class BenchDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Says what is being done until the work is over.</summary>
    public static async Task ShowProgressAsync(Task work, BenchRun run, TimeProvider time)
    {
        if (Console.IsOutputRedirected) return;
        await AnsiConsole.Status().StartAsync("", async status =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(Interval, time, CancellationToken.None)).ConfigureAwait(false);
                status.Status(Markup.Escape(run.Doing));
            }
        }).ConfigureAwait(false);
    }

    public static void ShowEnd(BenchReport report, IReadOnlyList<string> plots)
    {
        Line($"Server: {report.Server}");
        Line($"Batches: {report.Batch.Text}");
        Line("");
        Show("Rows answered per second", report.Points, p => Invariant($"{p.RowsPerSecond:0}"));
        Show("99 of 100 calls take at most, ms", report.Points, p => Invariant($"{p.P99Ms:0.0}"));
        if (report.Points.Any(p => p.Failed > 0)) Show("Calls that failed, %", report.Points, p => Invariant($"{p.Failed * 100:0.0}"));
        Show(report.Advice);
        foreach (var plot in plots) Line($"Plot: {plot}");
    }

    public static void ShowJson(BenchReport report, IReadOnlyList<string> plots) =>
        Console.WriteLine(JsonSerializer.Serialize(new { report.Server, report.Batch, report.Points, report.Advice, Plots = plots }, Json));

    private static void Show(Recommendation? advice)
    {
        if (advice is null)
        {
            Line("Nothing can be recommended: with every number of calls in flight, more than 2 % of them failed.");
            return;
        }
        Line("Recommended:");
        Line($"  MODEL_MAX_BATCH_ROWS={advice.Rows}");
        Line($"  KAFKA_WORKERS=auto, or {advice.Workers}");
        Line(Invariant($"  The server then answers {advice.RecordsPerSecond:0} records/s; with a call for each record {advice.SinglePerSecond:0} at best. 99 of 100 calls take at most {advice.P99Ms:0.0} ms."));
        Line(Invariant($"  lagThreshold {advice.LagThreshold} for a standalone instance that has such a server to itself"));
        if (advice.ForRate is not { } needs) return;
        Line(Invariant($"For {needs.Rate:0.#} records/s:"));
        Line(needs.Servers == 1 ? "  one such server, busy for at most four fifths of the time" : $"  {needs.Servers} such servers, each busy for four fifths of the time, and as many instances");
        Line($"  {needs.Partitions} partitions, lagThreshold {needs.LagThreshold}");
    }

    /// <summary>A line for each number of calls in flight, a column for each number of rows.</summary>
    private static void Show(string title, IReadOnlyList<BenchPoint> points, Func<BenchPoint, string> cell)
    {
        Line($"{title}, by calls in flight and rows a call:");
        var rows = points.Select(p => p.Rows).Distinct().ToList();
        Line($"{"",9}{string.Concat(rows.Select(r => $"{r,10}"))}");
        foreach (var line in points.GroupBy(p => p.InFlight).OrderBy(l => l.Key))
            Line($"{line.Key,9}{string.Concat(rows.Select(r => line.FirstOrDefault(p => p.Rows == r)).Select(p => $"{(p is null ? "-" : cell(p)),10}"))}");
        Line("");
    }

    private static void Line(string text) => Console.Out.WriteLine(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
