using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>Logs as the section <c>Logging</c> says. Levels are checked before: the logging library would name one at a time, and not where it stands.</summary>
internal static class LogSettings
{
    private const string Section = "Logging";
    private const string Levels = "LogLevel";
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private static readonly string[] Formatters = [ConsoleFormatterNames.Simple, ConsoleFormatterNames.Json, ConsoleFormatterNames.Systemd];

    /// <summary>The loggers of the host; null if the logging library refuses something else in its section.</summary>
    public static ILoggerFactory? TryCreate(IConfiguration configuration, out string? refusal)
    {
        refusal = null;
        try
        {
            return LoggerFactory.Create(logging =>
            {
                // Quiet are the web server at start and stop, every health check that fails, and failures of the host, which the command reports.
                // Settings of the same names win.
                logging.AddFilter("Microsoft", LogLevel.Warning)
                    .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
                    .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
                logging.AddConfiguration(configuration.GetSection(Section));
                // Before the console reads its own section, which wins. Without a formatter's name it would not look at the formatter's options.
                logging.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Simple);
                logging.Services.Configure<SimpleConsoleFormatterOptions>(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, $"{Time} ", true));
                logging.Services.Configure<JsonConsoleFormatterOptions>(console => (console.TimestampFormat, console.UseUtcTimestamp) = (Time, true));
                logging.AddConsole();
            });
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException)
        {
            refusal = $"A setting below {Section} is refused ({refused.Message.ReplaceLineEndings(" ").TrimEnd('.')}): correct it, or remove it.";
            return null;
        }
    }

    /// <summary>Every level that does not exist, those for all log providers and for single ones; and a console's formatter that does not.</summary>
    public static IEnumerable<string> Check(IConfiguration configuration)
    {
        var sections = configuration.GetSection(Section).GetChildren().Select(s => s.Key.Equals(Levels, StringComparison.OrdinalIgnoreCase) ? s : s.GetSection(Levels));
        var levels = sections.SelectMany(s => s.AsEnumerable())
            .Where(s => !string.IsNullOrEmpty(s.Value) && !Enum.TryParse<LogLevel>(s.Value, ignoreCase: true, out _))
            .Select(s => $"{s.Key} is '{s.Value}': use one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
        // The logging library would take the default without a word.
        const string formatter = $"{Section}:Console:FormatterName";
        return configuration[formatter] is { Length: > 0 } name && !Formatters.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? levels.Append($"{formatter} is '{name}': use one of {string.Join(", ", Formatters)}.")
            : levels;
    }
}
