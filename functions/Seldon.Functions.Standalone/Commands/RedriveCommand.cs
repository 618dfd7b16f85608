using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions redrive</c>: puts dead letters back on their input topics.</summary>
internal static class RedriveCommand
{
    private const string Description = """
        Put dead letters back on the input topics that they came from, with their original keys, values and headers. Each is put back once:
        a record in the topic ERROR_TOPIC.redriven (compacted; made if it is not there) is written in one Kafka transaction with it. Killed
        and started again, or started twice, it goes on where it was; the later one shuts out the earlier. What is not chosen can be chosen later.
        Readers of the input topics must read committed records only, as 'run' does. A dead letter that had to be cut for its size cannot
        be put back. Needs the KAFKA_* settings of 'run', and none of the model.
        Exit codes: 0 all chosen are put back, 1 not all, or stopped, 2 wrong settings or usage.
        """;

    public static Command Create()
    {
        var reasons = new Option<string[]>("--reason") { Description = "Only dead letters with this seldon-error-reason. Can be repeated." };
        reasons.AcceptOnlyFromAmong([.. Enum.GetValues<RejectionReason>().Select(r => r.ToWire())]);
        var routes = new Option<string[]>("--route") { Description = "Only dead letters of this route. Can be repeated." };
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Only dead letters that are not older: a time such as 2026-05-01T12:00Z, or a duration such as 90s, 30m, 2h or 7d.",
            CustomParser = ParseSince,
        };
        var limit = WholeNumber.Option("--limit", "Put back so many at most.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Count what would be put back, and write nothing." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

        var command = new Command("redrive", Description) { reasons, routes, since, limit, dryRun, json };
        command.SetAction((parsed, _) => RunAsync(
            new RedriveFilter(parsed.GetValue(reasons) ?? [], parsed.GetValue(routes) ?? [], parsed.GetValue(since), parsed.GetValue(limit)),
            parsed.GetValue(dryRun),
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(RedriveFilter filter, bool isDryRun, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration() is not { } configuration) return ExitCode.Usage;
        var options = ProcessorSettings.ReadKafka(configuration, out var problems);
        problems = [.. problems, .. StreamProcessor.Check(options)];
        if (problems.Count > 0) return RunCommand.Refuse(problems);

        using var redrive = new Redrive(options, filter, isDryRun);
        var display = new RedriveDisplay(redrive, isDryRun, TimeProvider.System);
        // Kafka's clients block their threads.
        var work = Task.Run(() => redrive.RunAsync(stop.Token), CancellationToken.None);
        string? obstacle;
        try
        {
            if (!json) await display.ShowProgressAsync(work).ConfigureAwait(false);
            obstacle = await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            obstacle = "Stopped before it was over. Run it again to go on; nothing is redriven twice.";
        }
        finally
        {
            // Its clients are not disposed of while it uses them, not even when the display fails.
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        display.ShowEnd(json);
        if (obstacle is not null) await Console.Error.WriteLineAsync(obstacle).ConfigureAwait(false);
        return obstacle is null && redrive.Counts.Obstacles.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static DateTimeOffset? ParseSince(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && UnitOf(text[^1]) is { } unit
            && number * unit.TotalDays < 36_500)
            return TimeProvider.System.GetUtcNow() - (number * unit);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        argument.AddError($"--since is '{text}': use a time such as 2026-05-01T12:00Z, or a duration such as 90s, 30m, 2h or 7d.");
        return null;
    }

    private static TimeSpan? UnitOf(char unit) => unit switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => null,
    };
}
