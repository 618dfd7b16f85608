using System.CommandLine;

namespace Seldon.Functions.Standalone.Arguments;

/// <summary>The option that names a file with settings.</summary>
internal static class SettingsFile
{
    public const string Default = "appsettings.json";

    public static Option<string?> Option() => new("--config") { Description = $"A file with settings, JSON, instead of {Default} in the current folder. The environment wins." };
}
