using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Standalone.OpenProtocols;
using Seldon.Functions.Standalone.Reference;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions settings</c>: shows which settings hold, and where they come from.</summary>
internal static class SettingsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };
        var config = SettingsFile.Option();
        var command = new Command("settings", "Show every setting that 'run' would use, its value, and where that comes from; servers are asked for a protocol that is left out. Secrets are not shown. Exit codes: 0 right, 2 wrong settings.") { json, config };
        command.SetAction((parsed, _) => ShowAsync(parsed.GetValue(config), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> ShowAsync(string? config, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;
        if (await ProtocolFinder.TryAskAsync(configuration, stop.Token).ConfigureAwait(false) is not var (finder, _)) return ExitCode.Failure;
        var read = finder.Settings;
        IReadOnlyList<string> problems = [.. read.Problems, .. StreamProcessor.Check(read.Kafka), .. LogSettings.Check(configuration)];
        var settings = EffectiveSettings.Of(finder.Configuration, read, finder.Open).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { Settings = settings, Problems = problems, read.Warnings }, Json));
            return problems.Count == 0 ? ExitCode.Success : ExitCode.Usage;
        }
        var (name, from) = (settings.Max(s => s.Name.Length), settings.Max(s => s.From.Length));
        foreach (var setting in settings.OrderBy(s => s.From == EffectiveSettings.ByDefault))
        {
            var head = $"{setting.Name.PadRight(name)}  {setting.From.PadRight(from)}  ";
            Console.WriteLine(head.Length < Page.Width / 2 ? head + FittingText.Cut(setting.Value, Page.Width - head.Length) : $"{setting.Name} = {setting.Value} ({setting.From})");
        }
        foreach (var warning in read.Warnings) Console.Error.WriteLine($"Warning: {warning}");
        return problems.Count == 0 ? ExitCode.Success : RunCommand.Refuse(problems);
    }
}
