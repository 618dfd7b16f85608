using Microsoft.Extensions.Hosting;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>
/// Runs the processor from the time when all else has started, and drains it before anything else stops: health checks and metrics
/// answer throughout.
/// </summary>
internal sealed class ProcessorService(StreamProcessor processor, IHostApplicationLifetime lifetime) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Ends when everything is drained; fails with the defect that has ended the processor.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Completion = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        try
        {
            await processor.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        finally
        {
            // It does not end by itself, but for a defect.
            lifetime.StopApplication();
        }
    }
}
