using Microsoft.Extensions.Hosting;

namespace Seldon.Functions.Demo;

/// <summary>A host within this process lives as long as its owner wants: signals are for the commands.</summary>
internal sealed class OwnersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
