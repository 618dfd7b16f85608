using System.Globalization;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>Shows the demo to a person: a live table in a terminal, plain lines in a pipe.</summary>
internal sealed class DemoDisplay(int records, DemoFigures figures)
{
    private const int ShownDeadLetters = 20;

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
    public Task ShowProgressAsync(Task work, TimeProvider time) =>
        Console.IsOutputRedirected ? ShowLinesAsync(work, time) : ShowTableAsync(work, time);

    public void ShowEnd(DemoReport report)
    {
        var (calls, turnaround) = (figures.CallPercentiles(50, 90, 99), figures.RecordPercentiles(50, 90, 99));
        Line("");
        Line(Invariant($"{report.Records} records in, {report.Results} results, {report.DeadLetters} dead letters in {report.Seconds:0.0} s: {report.RecordsPerSecond:0} records/s"));
        Line(Invariant($"Model calls: p50 {calls[0]:0.0} ms, p90 {calls[1]:0.0} ms, p99 {calls[2]:0.0} ms"));
        Line(Invariant($"From reading to acknowledgement, the wait in the backlog included: p50 {turnaround[0]:0} ms, p90 {turnaround[1]:0} ms, p99 {turnaround[2]:0} ms"));
        Line($"As an independent reader sees the topics: lost {report.Lost}, duplicated {report.Duplicated}, out of order {report.OutOfOrder}");
        Line("");
        Line("Some results, decoded:");
        foreach (var sample in report.Samples) Line($"  {sample}");
        Line("");
        Line("Dead letters, and why:");
        foreach (var letter in report.Rejected.Take(ShownDeadLetters))
            Line($"  {letter.Topic}/{letter.Partition}/{letter.Offset}  {letter.Reason}: {letter.Message}");
        if (report.Rejected.Count > ShownDeadLetters) Line($"  and {report.Rejected.Count - ShownDeadLetters} more");
    }

    private async Task ShowLinesAsync(Task work, TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LineInterval, time, CancellationToken.None)).ConfigureAwait(false);
            Line(Progress(time.GetElapsedTime(start)));
        }
    }

    private async Task ShowTableAsync(Task work, TimeProvider time)
    {
        var start = time.GetTimestamp();
        await AnsiConsole.Live(Table(TimeSpan.Zero)).StartAsync(async live =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(TableInterval, time, CancellationToken.None)).ConfigureAwait(false);
                live.UpdateTarget(Table(time.GetElapsedTime(start)));
            }
        }).ConfigureAwait(false);
    }

    private string Progress(TimeSpan elapsed)
    {
        var latency = figures.CallPercentiles(50, 99);
        return Invariant($"{elapsed.TotalSeconds,5:0.0} s   in {figures.Read,6}   results {figures.Results,6}   dead letters {figures.DeadLetters,4}   calls p50 {latency[0],5:0.0} ms   p99 {latency[1],5:0.0} ms");
    }

    private Table Table(TimeSpan elapsed)
    {
        var latency = figures.CallPercentiles(50, 90, 99);
        var done = figures.Results + figures.DeadLetters;
        return new Table().Title("Kafka -> model -> Kafka").RoundedBorder()
            .AddColumns("records", "in", "results", "dead letters", "records/s", "call p50 ms", "p90 ms", "p99 ms")
            .AddRow($"{records}", $"[blue]{figures.Read}[/]", $"[green]{figures.Results}[/]", $"[yellow]{figures.DeadLetters}[/]",
                Invariant($"{(elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0):0}"),
                Invariant($"{latency[0]:0.0}"), Invariant($"{latency[1]:0.0}"), Invariant($"{latency[2]:0.0}"));
    }

    private static void Line(string text) => Console.Out.WriteLine(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
