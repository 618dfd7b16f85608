using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Testing;

/// <summary>Keeps every log line, with the exception that came with it, if any.</summary>
internal sealed class CapturedLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    public IEnumerable<string> At(LogLevel level) => _lines.Where(l => l.Level == level).Select(l => l.Text);

    /// <summary>Whether a line of this level, or of any, contains the text.</summary>
    public bool Has(string text, LogLevel? level = null) => _lines.Any(l => (level is null || l.Level == level) && l.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>Writes the lines to the test's output, which is shown when it fails.</summary>
    public void Show()
    {
        foreach (var (level, text) in _lines.Where(l => l.Level > LogLevel.Debug)) TestContext.Current.TestOutputHelper?.WriteLine($"{level}: {text}");
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
