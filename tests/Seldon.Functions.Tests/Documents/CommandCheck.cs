using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Commands;

namespace Seldon.Functions.Tests.Documents;

/// <summary>
/// What is wrong with the commands of a page when they are pasted into one shell, at the root of the repository: options, files, settings.
/// </summary>
internal static class CommandCheck
{
    private static readonly string[] Rooms = ["functions/", "tests/", "keda/", "infra/", "samples/", "docs/"];

    /// <summary>Files that a command makes, or that only a user has.</summary>
    private static readonly string[] NotHere = ["local.settings.json", "app.env"];

    public static IEnumerable<string> Problems(string block)
    {
        var commands = ShellCommand.Parse(block);
        return commands.SelectMany(Problems).Concat(commands.Where(IsLasting).Select(c => $"'{c}' sets something for all commands that follow: set it for one command"));
    }

    private static bool IsLasting(ShellCommand command) => command.Words is [] or ["export", ..];

    private static IEnumerable<string> Problems(ShellCommand command)
    {
        foreach (var file in command.Words.SkipWhile(w => w == "cd").Skip(1).Where(w => Rooms.Any(r => w.StartsWith(r, StringComparison.Ordinal))))
        {
            if (!Exists(command, file)) yield return $"'{command}': {file} is not there";
        }
        var problems = command.Words switch
        {
            ["cd", var folder] when !Directory.Exists(Path.Combine(Repository.Root, command.Folder)) => [$"'{command}': {folder} is not there"],
            ["cp", var file, _] when !Exists(command, file) => [$"'{command}': {file} is not there"],
            ["kubectl", ..] => OfKubectl(command),
            ["dotnet", "run", ..] => OfRun(command),
            _ => [],
        };
        foreach (var problem in problems) yield return $"'{command}': {problem}";
    }

    private static bool Exists(ShellCommand command, string file)
    {
        var path = Path.Combine(Repository.Root, command.Folder, file);
        return File.Exists(path) || Directory.Exists(path) || NotHere.Contains(file);
    }

    private static IEnumerable<string> OfKubectl(ShellCommand command)
    {
        if (After(command, "-k") is { } folder && !File.Exists(Path.Combine(Repository.Root, folder, "kustomization.yaml"))) yield return $"{folder} has no kustomization.yaml";
    }

    private static IEnumerable<string> OfRun(ShellCommand command)
    {
        if (After(command, "--project") is not { } project || !Directory.Exists(Path.Combine(Repository.Root, command.Folder, project))) return ["no project"];
        string[] arguments = [.. command.Words.SkipWhile(w => w != "--").Skip(1)];
        return Path.GetFileName(project) == "Seldon.Functions.Standalone" ? OfHost(command, arguments) : [];
    }

    /// <summary>What the program itself would say of its command line and its settings.</summary>
    private static IEnumerable<string> OfHost(ShellCommand command, string[] arguments)
    {
        var parsed = CommandLine.Create().Parse(arguments);
        if (parsed.Errors.Count > 0) return parsed.Errors.Select(e => e.Message);
        var settings = SettingsOf(command);
        switch (parsed.CommandResult.Command.Name)
        {
            case "run" or "check" or "send" or "settings":
                return ProblemsOf(settings);
            case "graph":
                settings["SELDON_DEPLOYMENT"] = InRepository(command, parsed.GetValue<string>("manifest")!);
                return ProblemsOf(settings);
            case "redrive" or "peek":
                ProcessorSettings.ReadKafka(Configuration(settings), out var problems);
                return problems;
            default:
                return [];
        }
    }

    private static IEnumerable<string> ProblemsOf(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var read = ProcessorSettings.Read(Configuration(settings));
        return [.. read.Problems, .. StreamProcessor.Check(read.Kafka), .. read.Warnings.Where(w => w.Contains("no setting", StringComparison.Ordinal))];
    }

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string?>> settings) => new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

    /// <summary>The settings of the file that the command names, or of appsettings.json where it runs, and those of the command, which win.</summary>
    private static Dictionary<string, string?> SettingsOf(ShellCommand command)
    {
        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, command.Folder, After(command, "--config") ?? "appsettings.json"), optional: true).Build()
            .AsEnumerable().ToDictionary(s => s.Key, s => s.Value, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in command.Variables)
            settings[name.Replace("__", ":", StringComparison.Ordinal)] = name == "SELDON_DEPLOYMENT" ? InRepository(command, value) : value;
        return settings;
    }

    private static string InRepository(ShellCommand command, string path) => Path.Combine(Repository.Root, command.Folder, path);

    private static string? After(ShellCommand command, string option) => command.Words.SkipWhile(w => w != option).Skip(1).FirstOrDefault();
}
