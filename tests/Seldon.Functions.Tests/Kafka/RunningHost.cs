using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>A standalone host at work, made as <c>seldon-functions run</c> makes it.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly CancellationTokenSource _stop = new();
    private readonly InferenceEngine _engine;
    private readonly Task _run;

    public RunningHost(ProcessorSettings settings)
    {
        _engine = InferenceEngine.Create(settings.Engine, Logs, TimeProvider.System);
        var processor = new StreamProcessor(_engine, settings.Kafka, TimeProvider.System, Logs);
        Status = processor.Status;
        _run = processor.RunAsync(_stop.Token);
    }

    public CapturedLogs Logs { get; } = new();

    /// <summary>What the health checks and gauges see.</summary>
    public StreamStatus Status { get; }

    public bool HasEnded => _run.IsCompleted;

    /// <summary>Asks it to stop and waits until it has.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Logs.Show();
        await _stop.CancelAsync();
        await _run.WaitAsync(Deadline, TimeProvider.System);
        await _engine.DisposeAsync();
        _stop.Dispose();
        // No test here makes a topic anew.
        Assert.False(Logs.Has("was deleted and re-created"));
    }
}
