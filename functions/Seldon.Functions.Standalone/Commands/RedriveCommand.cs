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
        On a terminal the command shows what it would put back, and asks first. Each record carries in the header seldon-redriven how often it was put back.
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
        var maxRedrives = WholeNumber.Option("--max-redrives", "Put a record back so many times at most, earlier redrives included (header seldon-redriven).");
        var dryRun = new Option<bool>("--dry-run") { Description = "Count what would be put back, by reason and input topic, and write nothing." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask, not even on a terminal." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

        var command = new Command("redrive", Description) { reasons, routes, since, limit, maxRedrives, dryRun, yes, json };
        command.SetAction((parsed, _) => RunAsync(
            new RedriveFilter(parsed.GetValue(reasons) ?? [], parsed.GetValue(routes) ?? [], parsed.GetValue(since), parsed.GetValue(limit), parsed.GetValue(maxRedrives)),
            parsed.GetValue(dryRun),
            parsed.GetValue(yes),
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(RedriveFilter filter, bool isDryRun, bool yes, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration() is not { } configuration) return ExitCode.Usage;
        var options = ProcessorSettings.ReadKafka(configuration, out var problems);
        problems = [.. problems, .. StreamProcessor.Check(options)];
        if (problems.Count > 0) return RunCommand.Refuse(problems);

        var isAsking = !isDryRun && !yes && !Console.IsInputRedirected && !Console.IsOutputRedirected;
        if (isAsking && await RefuseAsync(options, filter, stop).ConfigureAwait(false) is { } refused) return refused;
        var (code, _) = await RunAsync(options, filter, isDryRun, json, stop).ConfigureAwait(false);
        return code;
    }

    /// <summary>Shows what would be put back, and asks; null if that is wanted, else the exit code.</summary>
    private static async Task<int?> RefuseAsync(KafkaOptions options, RedriveFilter filter, StopSignal stop)
    {
        var (code, counts) = await RunAsync(options, filter, isDryRun: true, json: false, stop).ConfigureAwait(false);
        if (counts.Redriven == 0 || stop.Token.IsCancellationRequested) return code;
        await Console.Error.WriteAsync($"Put {counts.Redriven} dead letters back? [y/N] ").ConfigureAwait(false);
        try
        {
            var answer = await Task.Run(Console.ReadLine).WaitAsync(stop.Token).ConfigureAwait(false);
            if (answer?.Trim() is { } said && (said.Equals("y", StringComparison.OrdinalIgnoreCase) || said.Equals("yes", StringComparison.OrdinalIgnoreCase))) return null;
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C is an answer, too.
        }
        await Console.Error.WriteLineAsync("Nothing was put back.").ConfigureAwait(false);
        return ExitCode.Failure;
    }

    private static async Task<(int Code, RedriveCounts Counts)> RunAsync(KafkaOptions options, RedriveFilter filter, bool isDryRun, bool json, StopSignal stop)
    {
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
        return (obstacle is null && redrive.Counts.Obstacles.Count == 0 ? ExitCode.Success : ExitCode.Failure, redrive.Counts);
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
