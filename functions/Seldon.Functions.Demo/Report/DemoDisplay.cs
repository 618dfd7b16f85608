using System.Globalization;
using Seldon.Functions.Demo.Model;
using Spectre.Console;

namespace Seldon.Functions.Demo.Report;

/// <summary>Shows the demo to a person: a live table in a terminal, plain lines in a pipe.</summary>
internal sealed class DemoDisplay(TimeProvider time)
{
    private const int ShownDeadLetters = 20;

    /// <summary>The live table's columns after protocol and transport.</summary>
    private static readonly (string Name, string Colour, Func<DemoRoute, string> Cell)[] Columns =
    [
        ("in", "blue", row => Invariant($"{row.Records}")),
        ("results", "green", row => Invariant($"{row.Results}")),
        ("dead letters", "yellow", row => Invariant($"{row.DeadLetters}")),
        ("records/s", "default", row => Invariant($"{row.RecordsPerSecond:0}")),
        ("call p50 ms", "default", row => Invariant($"{row.P50Ms:0.0}")),
        ("p99 ms", "default", row => Invariant($"{row.P99Ms:0.0}")),
    ];

    private static readonly TimeSpan LineInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TableInterval = TimeSpan.FromMilliseconds(100);

    public static void ShowStart(string broker, EmbeddedModel model, string topics)
    {
        Line($"Embedded Kafka broker  {broker}");
        Line($"Embedded model server  {FlowerModel.Name}: REST {model.RestUrl.GetLeftPart(UriPartial.Authority)}, gRPC {model.GrpcUrl.GetLeftPart(UriPartial.Authority)}");
        Line($"Topics                 {topics}");
        Line("");
    }

    /// <summary>Shows how far it is until the work is done.</summary>
    /// <param name="start">The time's stamp when the work began.</param>
    public Task ShowProgressAsync(Task work, DemoProgress progress, long start) =>
        Console.IsOutputRedirected ? ShowLinesAsync(work, progress, start) : ShowTableAsync(work, progress, start);

    public static void ShowEnd(DemoReport report)
    {
        // In a terminal the live table stands there already.
        if (Console.IsOutputRedirected) ShowRoutes(report);
        Line("");
        Line(Invariant($"{report.Records} records in, {report.Results} results, {report.DeadLetters} dead letters in {report.Seconds:0.0} s: {report.RecordsPerSecond:0} records/s"));
        Line($"As an independent reader sees the topics: lost {report.Lost}, duplicated {report.Duplicated}, out of order {report.OutOfOrder}");
        Line("");
        Line("The first result of each, decoded:");
        foreach (var sample in report.Samples) Line($"  {sample}");
        Line("");
        Line("Dead letters, and why:");
        foreach (var letter in report.Rejected.Take(ShownDeadLetters))
            Line($"  {letter.Topic}/{letter.Partition}/{letter.Offset}  {letter.Reason}: {letter.Message}");
        if (report.Rejected.Count > ShownDeadLetters) Line($"  and {report.Rejected.Count - ShownDeadLetters} more");
    }

    private async Task ShowLinesAsync(Task work, DemoProgress progress, long start)
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LineInterval, time, CancellationToken.None)).ConfigureAwait(false);
            var elapsed = time.GetElapsedTime(start);
            var all = progress.Total(elapsed);
            Line(Invariant($"{elapsed.TotalSeconds,5:0.0} s   in {all.Records,6}   results {all.Results,6}   dead letters {all.DeadLetters,4}   calls p50 {all.P50Ms,5:0.0} ms   p99 {all.P99Ms,5:0.0} ms"));
        }
    }

    private async Task ShowTableAsync(Task work, DemoProgress progress, long start)
    {
        await AnsiConsole.Live(Table(progress, TimeSpan.Zero)).StartAsync(async live =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(TableInterval, time, CancellationToken.None)).ConfigureAwait(false);
                live.UpdateTarget(Table(progress, time.GetElapsedTime(start)));
            }
        }).ConfigureAwait(false);
    }

    private static void ShowRoutes(DemoReport report)
    {
        Line("");
        Line("protocol    transport      in   results   dead letters   records/s   call p50 ms   p99 ms");
        foreach (var row in report.Routes.Append(report.Total))
            Line(Invariant($"{row.Protocol,-10}  {row.Transport,-9}  {row.Records,6}   {row.Results,7}   {row.DeadLetters,12}   {row.RecordsPerSecond,9:0}   {row.P50Ms,11:0.0}   {row.P99Ms,6:0.0}"));
    }

    private static Table Table(DemoProgress progress, TimeSpan elapsed)
    {
        var table = new Table().Title("Kafka -> model -> Kafka").RoundedBorder().ShowFooters();
        var all = progress.Total(elapsed);
        table.AddColumn("protocol", column => column.Footer(all.Protocol)).AddColumn("transport");
        foreach (var (name, _, cell) in Columns) table.AddColumn(name, column => column.RightAligned().Footer(cell(all)));
        foreach (var row in progress.Routes(elapsed))
            table.AddRow([row.Protocol, row.Transport, .. Columns.Select(column => $"[{column.Colour}]{column.Cell(row)}[/]")]);
        return table;
    }

    private static void Line(string text) => Console.Out.WriteLine(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
