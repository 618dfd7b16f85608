using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.KafkaTests;

/// <summary>The standalone host's processor in this process, started from settings as the executable is.</summary>
internal sealed class Instance : IAsyncDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(45);

    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _loggers;
    private readonly InferenceEngine _engine;
    private readonly Task _running;

    private Instance(ProcessorSettings settings)
    {
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        _engine = InferenceEngine.Create(settings.Engine, _loggers, TimeProvider.System);
        _running = Task.Run(() => new StreamProcessor(_engine, settings.Kafka, TimeProvider.System, _loggers).RunAsync(_stop.Token));
    }

    public LogLines Log { get; } = new();

    /// <summary>Whether it has ended, which it never does of itself.</summary>
    public bool HasEnded => _running.IsCompleted;

    public static Instance Start(IReadOnlyDictionary<string, string?> settings)
    {
        var read = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        Assert.Empty(read.Problems);
        Assert.Empty(StreamProcessor.Check(read.Kafka));
        return new Instance(read);
    }

    public Task UntilSaidAsync(int id, string text = "", TimeSpan? within = null) => Until.True(
        () => Log.Of(id).Any(l => l.Text.Contains(text, StringComparison.Ordinal)), () => $"line {id} with '{text}'; said so far: {Log}", within);

    /// <summary>What SIGTERM does.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(LongestStop, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            // Shown when the test fails.
            TestContext.Current.TestOutputHelper?.WriteLine(Log.WithoutDeadLetters);
        }
        await _engine.DisposeAsync();
        _loggers.Dispose();
        _stop.Dispose();
    }
}
