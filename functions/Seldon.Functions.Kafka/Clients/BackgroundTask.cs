using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>What goes on beside the work and must not end it.</summary>
internal static class BackgroundTask
{
    /// <summary>Ends with the watch, and never fails; a defect that ends it is said when it happens, and records flow on.</summary>
    public static async Task UntilEndAsync(Task watch, ILogger logger)
    {
        try
        {
            await watch.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was stopped.
        }
#pragma warning disable CA1031 // A watch that ends must not end the work, and must not end unseen.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            Log.WatchEnded(logger, defect);
        }
    }
}
