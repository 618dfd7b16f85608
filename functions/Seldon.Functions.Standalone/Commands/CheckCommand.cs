using System.CommandLine;
using Seldon.Functions.Kafka;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Checks;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Standalone.OpenProtocols;
using Seldon.Functions.Standalone.Requests;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions check</c>: looks at settings, brokers, topics and models, and says what to fix.</summary>
internal static class CheckCommand
{
    private const int MostSampled = 1000;

    private const string Description = """
        Check what 'run' would do with the same settings: the settings, the brokers (names, ports, TLS, SASL), the topics and the consumer group, each model,
        and a host.json in the current folder. Joins no group and writes nothing. With --record or --sample, says what would become of records.
        Exit codes: 0 nothing fails (there may be warnings), 1 something fails, 2 wrong settings or usage.
        """;

    public static Command Create()
    {
        var record = new Option<FileInfo?>("--record") { Description = "A file with the value of a record: find its route, and whether it is a request." };
        var protoName = new Option<string?>("--proto-name") { Description = "The header proto-name of that record." };
        var topic = new Option<string?>("--topic") { Description = "The input topic of that record, where there are several." };
        var sample = WholeNumber.Option("--sample", "Do the same with the last N records of the input topics.", MostSampled);
        var infer = new Option<bool>("--infer") { Description = "Ask the model for these records, and show the answers." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };
        var config = SettingsFile.Option();
        var command = new Command("check", Description) { record, protoName, topic, sample, infer, json, config };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(config), parsed.GetValue(record), parsed.GetValue(protoName), parsed.GetValue(topic), parsed.GetValue(sample) ?? 0, parsed.GetValue(infer), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string? config, FileInfo? file, string? protoName, string? topic, int sample, bool infer, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;
        if (await ProtocolFinder.TryAskAsync(configuration, stop.Token).ConfigureAwait(false) is not var (finder, found)) return await StoppedAsync().ConfigureAwait(false);
        var (settings, display) = (finder.Settings, new CheckDisplay(json));
        foreach (var (setting, protocol, server) in found) display.Show(Finding.Ok("settings", $"{setting} is not set: found {protocol} by asking {server}"));
        foreach (var problem in settings.Problems.Concat(StreamProcessor.Check(settings.Kafka)).Concat(LogSettings.Check(configuration))) display.Show(Finding.Failure("settings", problem));
        if (display.Worst == Level.Failure)
        {
            display.ShowEnd();
            return ExitCode.Usage;
        }

        (string, Record)? record = null;
        if (file is not null)
        {
            if (!file.Exists) return RunCommand.Refuse([$"--record is '{file}', which is not there: name a file with the value of a record."]);
            Header[] headers = protoName is null ? [] : [HeaderNames.Text(HeaderNames.ProtoName, protoName)];
            record = (file.Name, new Record(topic ?? InputTopic.Of(InputTopic.UsualRoute(settings), settings), 0, 0, 0, null, await File.ReadAllBytesAsync(file.FullName, stop.Token).ConfigureAwait(false), headers));
        }
        try
        {
            var checkup = Task.Run(
                async () =>
                {
                    await foreach (var finding in new Checkup(settings, finder.Open, new RecordsToCheck(record, sample, infer), TimeProvider.System).RunAsync(stop.Token).ConfigureAwait(false)) display.Show(finding);
                },
                CancellationToken.None);
            // Kafka's clients block their threads: they end with the process.
            await checkup.WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return await StoppedAsync().ConfigureAwait(false);
        }
        display.ShowEnd();
        return display.Worst == Level.Failure ? ExitCode.Failure : ExitCode.Success;
    }

    private static async Task<int> StoppedAsync()
    {
        await Console.Error.WriteLineAsync("Stopped before everything was checked.").ConfigureAwait(false);
        return ExitCode.Failure;
    }
}
