using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Standalone;

/// <summary>Logs as the section <c>Logging</c> says. Levels are checked before: the logging library would name one at a time, and not where it stands.</summary>
internal static class LogSettings
{
    private const string Section = "Logging";
    private const string Levels = "LogLevel";

    /// <summary>The loggers of the host; null if the logging library refuses something else in its section.</summary>
    public static ILoggerFactory? TryCreate(IConfiguration configuration, out string? refusal)
    {
        refusal = null;
        try
        {
            return LoggerFactory.Create(logging => logging
                .AddConfiguration(configuration.GetSection(Section))
                .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true)));
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException)
        {
            refusal = $"A setting below {Section} is refused ({refused.Message.ReplaceLineEndings(" ").TrimEnd('.')}): correct it, or remove it.";
            return null;
        }
    }

    /// <summary>Every level that does not exist; those for all log providers and for single ones.</summary>
    public static IEnumerable<string> Check(IConfiguration configuration)
    {
        var sections = configuration.GetSection(Section).GetChildren().Select(s => s.Key.Equals(Levels, StringComparison.OrdinalIgnoreCase) ? s : s.GetSection(Levels));
        return sections.SelectMany(s => s.AsEnumerable())
            .Where(s => !string.IsNullOrEmpty(s.Value) && !Enum.TryParse<LogLevel>(s.Value, ignoreCase: true, out _))
            .Select(s => $"{s.Key} is '{s.Value}': use one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
    }
}
