using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>
/// Asks a Kafka client something every other second, so that its threads wake up. They sleep until times of the wall clock: when that is
/// set back, by hours perhaps, they sleep on for as much longer unless something comes for them. A member of a group would send no
/// heartbeats, be taken for dead, and go on publishing what another member has been given by then. When the client's main thread is awake,
/// it does what is due: for a consumer also its statistics, which wake the thread that polls.
/// </summary>
internal sealed class ClockStepGuard : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="ask">A question that the client's main thread has to answer or to pass on.</param>
    /// <param name="time">The clock, of which only the monotonic one is used.</param>
    /// <param name="logger">Is told of a defect that ends it.</param>
    public ClockStepGuard(Func<Task> ask, TimeProvider time, ILogger logger) => _running = BackgroundTask.UntilEndAsync(Task.Run(() => RunAsync(ask, time)), logger);

    /// <summary>Returns when no question is in flight any more: the client may be closed then.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAny(_running);
    }

    private async Task RunAsync(Func<Task> ask, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
        {
            try
            {
                await ask().ConfigureAwait(false);
            }
            catch (KafkaException)
            {
                // No answer; but it is awake.
            }
        }
    }
}
