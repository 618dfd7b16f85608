using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.KafkaTests;

/// <summary>One line of a log.</summary>
internal sealed record LogLine(LogLevel Level, int Id, string Text);

/// <summary>Keeps every line of a log, whatever its level.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyCollection<LogLine> All => _lines;

    /// <summary>Is given each line on the thread that says it, which goes on when this returns.</summary>
    public Action<LogLine>? Said { get; set; }

    /// <summary>What an operator sees by default.</summary>
    public IReadOnlyList<LogLine> Shown => [.. _lines.Where(l => l.Level >= LogLevel.Information)];

    public IReadOnlyList<LogLine> Of(int id) => [.. _lines.Where(l => l.Id == id)];

    public string WithoutDeadLetters => string.Join(Environment.NewLine, Shown.Where(l => l.Id != 100).Select(l => $"{l.Level} {l.Id} {l.Text}"));

    public override string ToString() => string.Join(Environment.NewLine, Shown.Select(l => $"{l.Level} {l.Id} {l.Text}"));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = new LogLine(logLevel, eventId.Id, formatter(state, exception) + exception);
        _lines.Enqueue(line);
        Said?.Invoke(line);
    }

    public void Dispose()
    {
    }
}
