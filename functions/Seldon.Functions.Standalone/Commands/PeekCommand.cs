using System.CommandLine;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Standalone.Inspection;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions peek</c>: shows records of the topics, decoded.</summary>
internal static class PeekCommand
{
    private const string Results = "results";
    private const string Errors = "errors";
    private const string Input = "input";
    private const int Most = 100_000;
    private const int Usual = 10;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private const string Description = """
        Show the last records of the results topics, the error topics or the input topics, decoded. Joins no group and commits nothing: it may run beside 'run'.
        Needs the KAFKA_* settings of 'run', and none of the model. Exit codes: 0 shown, 1 Kafka does not answer or a topic is not there, 2 wrong settings or usage.
        """;

    public static Command Create()
    {
        var which = new Argument<string>("topics") { Description = $"{Results}, {Errors} or {Input}." };
        which.AcceptOnlyFromAmong(Results, Errors, Input);
        var last = WholeNumber.Option("--last", $"How many to show, {Usual} by default.", Most);
        var follow = new Option<bool>("--follow") { Description = "Go on with the records that come, until Ctrl+C." };
        var reasons = new Option<string[]>("--reason") { Description = "Only dead letters with this seldon-error-reason. Can be repeated." };
        reasons.AcceptOnlyFromAmong([.. Enum.GetValues<RejectionReason>().Select(r => r.ToWire())]);
        var key = new Option<string?>("--key") { Description = "Only records with this key." };
        var since = TimeOption.Since("--since", "Only records that are not older");
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line, and nothing else, on standard output." };
        var config = SettingsFile.Option();
        var command = new Command("peek", Description) { which, last, follow, reasons, key, since, json, config };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(config), parsed.GetRequiredValue(which), parsed.GetValue(last) ?? Usual, parsed.GetValue(follow),
            new PeekFilter(parsed.GetValue(reasons) ?? [], parsed.GetValue(key), parsed.GetValue(since)), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string? config, string which, int last, bool follow, PeekFilter filter, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;
        var options = ProcessorSettings.ReadKafka(configuration, out var problems);
        problems = [.. problems, .. StreamProcessor.Check(options)];
        if (problems.Count > 0) return RunCommand.Refuse(problems);
        try
        {
            // Kafka's clients block their threads: they end with the process.
            return await Task.Run(() => Show(options, which, last, follow, filter, json, stop.Token), CancellationToken.None).WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return follow ? ExitCode.Success : ExitCode.Failure;
        }
        catch (ClusterException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return ExitCode.Failure;
        }
    }

    private static int Show(KafkaOptions options, string which, int last, bool follow, PeekFilter filter, bool json, CancellationToken stop)
    {
        using var lines = new PipedLines();
        var display = new PeekDisplay(json, Page.Width);
        var outputs = options.RouteOutputs.Values.Prepend(options.Output);
        var topics = which switch
        {
            Results => outputs.Select(o => o.Results),
            Errors => outputs.Select(o => o.Errors).Concat(options.UnroutedErrors.Values),
            _ => options.InputTopics,
        };
        using var tail = new TopicTail(options, topics.Where(t => t.Length > 0).Distinct(), TimeProvider.System);
        foreach (var (topic, reason) in tail.Missing) Console.Error.WriteLine($"The topic {topic} cannot be read ({reason}).");
        var shown = tail.ReadLast(last, filter.Chooses, filter.Since?.ToUnixTimeMilliseconds(), stop);
        foreach (var record in shown)
        {
            if (!lines.TryWrite(display.Format(PeekRow.Of(record)))) return ExitCode.Success;
        }
        if (shown.Count == 0 && !follow && tail.Missing.Count == 0) Console.Error.WriteLine("There are no such records.");
        while (follow && !stop.IsCancellationRequested)
        {
            if (tail.Next(Turn) is { } record && filter.Chooses(record) && !lines.TryWrite(display.Format(PeekRow.Of(record)))) break;
        }
        return tail.Missing.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
