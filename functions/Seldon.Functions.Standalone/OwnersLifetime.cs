using Microsoft.Extensions.Hosting;

namespace Seldon.Functions.Standalone;

/// <summary>A web server within this process lives as long as its owner wants; no signal ends it.</summary>
internal sealed class OwnersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
