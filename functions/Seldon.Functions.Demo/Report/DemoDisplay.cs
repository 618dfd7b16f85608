using System.Globalization;
using Seldon.Functions.Demo.Model;
using Spectre.Console;

namespace Seldon.Functions.Demo.Report;

/// <summary>Shows the demo to a person: a live table in a terminal, a few plain lines in a pipe.</summary>
/// <param name="write">Writes a line.</param>
/// <param name="width">How many columns there are; in a pipe, as many as a line needs.</param>
internal sealed class DemoDisplay(Action<string> write, int width, bool isTerminal, TimeProvider time)
{
    private const int ShownDeadLetters = 20;

    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TableInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>A line at once: what comes takes a while.</summary>
    public void Show(string text) => write(text);

    public void ShowStart(DemoStage stage)
    {
        write($"Embedded Kafka broker  {stage.BootstrapServers}");
        write($"Embedded model server  {FlowerModel.Name}: REST {stage.Model.RestUrl.GetLeftPart(UriPartial.Authority)}, gRPC {stage.Model.GrpcUrl.GetLeftPart(UriPartial.Authority)}");
        write($"Topics                 {stage.Topics}");
        write("");
    }

    /// <summary>Shows how far it is until the work is done.</summary>
    public Task ShowProgressAsync(Task work, DemoProgress progress, DemoTimeline timeline) =>
        isTerminal ? ShowTableAsync(work, progress, timeline) : ShowLinesAsync(work, progress, timeline);

    public void ShowEnd(DemoReport report)
    {
        // In a terminal the live table stands there already.
        if (!isTerminal)
        {
            write("");
            foreach (var line in DemoTable.Lines(report.Routes, report.Total, width)) write(line);
        }
        write("");
        if (report.Account is { } account) ShowAccount(account, report);
        else write(Invariant($"{report.Records} records in, {report.Results} results, {report.DeadLetters} dead letters in {report.Seconds:0.0} s: {report.RecordsPerSecond:0} records/s"));
        write($"As an independent reader sees the topics: lost {report.Lost}, duplicated {report.Duplicated}, out of order {report.OutOfOrder}");
        write("");
        write("The first result of each, decoded:");
        foreach (var sample in report.Samples) write($"  {sample}");
        write("");
        write("Dead letters, and why:");
        var letters = report.Rejected.Where(r => !r.IsRedriven).ToList();
        foreach (var letter in letters.Take(ShownDeadLetters))
            write(Fit($"  {letter.Topic}/{letter.Partition}/{letter.Offset}  {letter.Reason}: {letter.Message}"));
        if (letters.Count > ShownDeadLetters) write($"  and {letters.Count - ShownDeadLetters} more");
    }

    private void ShowAccount(DemoAccount account, DemoReport report)
    {
        write(Invariant($"{account.Sent} requests in {report.Seconds:0.0} s: {account.Answered - account.RedrivenAnswered} results, {account.DeadLetters + account.RedrivenAnswered} dead letters"));
        if (account.Redriven > 0) write(Invariant($"{account.Redriven} redriven: {account.RedrivenAnswered} results now, {account.Redriven - account.RedrivenAnswered} dead letters again"));
        write(Invariant($"In the end: {account.Answered} answered + {account.DeadLetters} dead letters + {account.Unanswered} unanswered = {account.Sent}"));
    }

    private async Task ShowLinesAsync(Task work, DemoProgress progress, DemoTimeline timeline)
    {
        var (lastLine, shown) = (TimeSpan.Zero, 0);
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(TableInterval, time, CancellationToken.None)).ConfigureAwait(false);
            foreach (var happened in progress.Events.Skip(shown))
            {
                write(Format(happened));
                shown++;
            }
            var elapsed = timeline.Elapsed;
            if (!work.IsCompleted && elapsed - lastLine < LineInterval) continue;
            lastLine = elapsed;
            var all = progress.Total(elapsed);
            write(Invariant($"{elapsed.TotalSeconds,5:0.0} s  in {all.Records}, results {all.Results}, dead letters {all.DeadLetters}, waiting {all.Waiting}, model {DemoTable.WordOf(all.Gate)}"));
        }
    }

    private async Task ShowTableAsync(Task work, DemoProgress progress, DemoTimeline timeline)
    {
        await AnsiConsole.Live(Picture(progress, TimeSpan.Zero)).StartAsync(async live =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(TableInterval, time, CancellationToken.None)).ConfigureAwait(false);
                live.UpdateTarget(Picture(progress, timeline.Elapsed));
            }
        }).ConfigureAwait(false);
    }

    private Rows Picture(DemoProgress progress, TimeSpan elapsed) => new(
    [
        .. DemoTable.Rows(progress.Routes(elapsed), progress.Total(elapsed), width),
        Text.Empty,
        .. progress.Events.Select(happened => new Text(Fit(Format(happened)), new Style(ColourOf(happened)))),
        new Text(Fit(Invariant($"{elapsed.TotalSeconds,5:0.0} s"))),
    ]);

    private static Color ColourOf(DemoEvent happened) => happened.Event switch { "outage" or "held" => Color.Yellow, "resumed" => Color.Green, _ => Color.Default };

    private static string Format(DemoEvent happened) => Invariant($"{happened.Seconds,5:0.0} s  {happened.Event}: {happened.Text}");

    private string Fit(string text) => FittingText.Cut(text, width);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
