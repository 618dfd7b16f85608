using Seldon.Functions.Standalone.Commands;

namespace Seldon.Functions.KafkaTests;

/// <summary><c>seldon-functions</c> as a process of its own, from the tests' output folder.</summary>
internal static class Executable
{
    public static HostProcess Run(IReadOnlyDictionary<string, string?> settings) => Start(settings, "run");

    public static HostProcess Start(IReadOnlyDictionary<string, string?> settings, params IEnumerable<string> arguments)
    {
        // In the environment, a colon of a setting's name is written as two underscores.
        var environment = settings.ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value);
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return HostProcess.Start(dotnet, [typeof(RunCommand).Assembly.Location, .. arguments], environment, Path.GetTempPath());
    }

    /// <summary>The same on a terminal, where a person types this line.</summary>
    public static HostProcess OnTerminal(IReadOnlyDictionary<string, string?> settings, string typed, params string[] arguments)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var command = $"{dotnet} {typeof(RunCommand).Assembly.Location} {string.Join(' ', arguments)}";
        return HostProcess.Start("sh", ["-c", $"echo {typed} | script --quiet --return --command '{command}' /dev/null"], settings, Path.GetTempPath());
    }

    /// <summary>Waits for a text in what the process prints.</summary>
    public static Task UntilPrintedAsync(this HostProcess process, string text, HostProcess? other = null) => Until.True(
        () => process.Lines.Any(l => l.Contains(text, StringComparison.Ordinal)),
        () => $"the process prints '{text}'; it printed {string.Join(Environment.NewLine, process.Lines)}; the other {string.Join(Environment.NewLine, other?.Lines ?? [])}");
}
