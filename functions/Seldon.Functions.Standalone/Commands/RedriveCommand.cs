using System.CommandLine;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Arguments;
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
        var since = TimeOption.Since("--since", "Only dead letters that are not older");
        var limit = WholeNumber.Option("--limit", "Put back so many at most.");
        var maxRedrives = WholeNumber.Option("--max-redrives", "Put a record back so many times at most, earlier redrives included (header seldon-redriven).");
        var dryRun = new Option<bool>("--dry-run") { Description = "Count what would be put back, by reason and input topic, and write nothing." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask, not even on a terminal." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };
        var config = SettingsFile.Option();

        var command = new Command("redrive", Description) { reasons, routes, since, limit, maxRedrives, dryRun, yes, json, config };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(config),
            new RedriveFilter(parsed.GetValue(reasons) ?? [], parsed.GetValue(routes) ?? [], parsed.GetValue(since), parsed.GetValue(limit), parsed.GetValue(maxRedrives)),
            parsed.GetValue(dryRun),
            parsed.GetValue(yes),
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string? config, RedriveFilter filter, bool isDryRun, bool yes, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;
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
}
