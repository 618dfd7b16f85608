using System.Globalization;
using System.Text.Json;
using Seldon.Functions.Kafka.Redriving;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows a redrive to a person: a line that counts in a terminal, only the figures at the end in a pipe.</summary>
internal sealed class RedriveDisplay(Redrive redrive, bool isDryRun, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private string Verb => isDryRun ? "would be put back" : "put back";

    /// <summary>Counts until the work is done.</summary>
    public async Task ShowProgressAsync(Task work)
    {
        if (Console.IsOutputRedirected) return;
        await AnsiConsole.Status().StartAsync(Line(), async status =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(Interval, time, CancellationToken.None)).ConfigureAwait(false);
                status.Status(Line());
            }
        }).ConfigureAwait(false);
    }

    public void ShowEnd(bool json)
    {
        var counts = redrive.Counts;
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    DryRun = isDryRun,
                    counts.Read,
                    counts.Redriven,
                    counts.RedrivenBefore,
                    counts.NotChosen,
                    counts.TooOften,
                    counts.WithoutValue,
                    counts.TopicMissing,
                    counts.Refused,
                    counts.Foreign,
                    counts.Obstacles,
                    counts.ByReason,
                },
                Json));
            return;
        }
        Console.WriteLine($"{counts.Read} records of {string.Join(", ", redrive.ErrorTopics)} read:");
        Show(counts.Redriven, Verb);
        Show(counts.RedrivenBefore, "put back before");
        Show(counts.NotChosen, "not chosen");
        Show(counts.TooOften, "put back too often already (--max-redrives)");
        Show(counts.WithoutValue, "cut for their size, which the error topic refused: they cannot be put back");
        Show(counts.TopicMissing, "of an input topic that is not there");
        Show(counts.Refused, "refused by their input topic");
        Show(counts.Foreign, "no dead letters");
        foreach (var obstacle in counts.Obstacles) Console.WriteLine(obstacle);
        if (isDryRun && counts.ByReason.Count > 0) ShowTable(counts.ByReason);
    }

    /// <summary>A line for each reason, a column for each input topic.</summary>
    private static void ShowTable(SortedDictionary<string, SortedDictionary<string, int>> byReason)
    {
        var topics = byReason.Values.SelectMany(t => t.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        var reasons = byReason.Keys.Max(r => Math.Max(r.Length, "reason".Length));
        Console.WriteLine();
        Console.WriteLine($"{"reason".PadRight(reasons)}{string.Concat(topics.Select(t => $"  {t,8}"))}");
        foreach (var (reason, counts) in byReason)
            Console.WriteLine($"{reason.PadRight(reasons)}{string.Concat(topics.Select(t => $"  {counts.GetValueOrDefault(t).ToString(CultureInfo.InvariantCulture).PadLeft(Math.Max(8, t.Length))}"))}");
    }

    private string Line() => $"{redrive.Counts.Read} dead letters read, {redrive.Counts.Redriven} {Verb}";

    private static void Show(int count, string what)
    {
        if (count > 0) Console.WriteLine($"{count,8} {what}");
    }
}
