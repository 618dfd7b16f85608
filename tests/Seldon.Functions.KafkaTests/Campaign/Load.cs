using Confluent.Kafka;
using Seldon.Functions.Records;
using Xunit.Sdk;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// Records that arrive steadily until they are stopped, whatever happens meanwhile; but never so many that those who work slowly
/// today have more than a few hundred before them.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private const int MostWaiting = 800;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sent = [];
    private readonly Task[] _running;
    private long _done;

    /// <param name="record">The records, by their numbers.</param>
    /// <param name="perSecond">How many arrive in a second, at most.</param>
    public Load(KafkaTopics kafka, Pipeline pipeline, Func<int, ProducerRecord> record, int perSecond) =>
        _running = [RunAsync(kafka, kafka.Partitions(pipeline.Input), record, perSecond), LookAsync(kafka, pipeline)];

    /// <summary>How many have been sent so far.</summary>
    public int Count { get; private set; }

    /// <summary>How far it is, for the message of a failure.</summary>
    public string Describe() => $"{Count} records were sent, of which the broker has {_sent.ToList().Count(s => s.IsCompletedSuccessfully)}; "
        + $"{Interlocked.Read(ref _done)} seemed done; the load {(_running.FirstOrDefault(r => r.IsFaulted)?.Exception is { InnerException: var failure } ? $"has failed: {failure}" : "goes on")}.";

    /// <summary>Ends it; returns when the broker has every record, with their number.</summary>
    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_sent);
        return Count;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(KafkaTopics kafka, int partitions, Func<int, ProducerRecord> record, int perSecond)
    {
        using var beat = new PeriodicTimer(Beat, TimeProvider.System);
        while (await beat.WaitForNextTickAsync(_stop.Token))
        {
            for (var n = perSecond * Beat.TotalSeconds; n > 0 && Count < Interlocked.Read(ref _done) + MostWaiting; n--)
                _sent.Add(kafka.SendAsync(record(Count++), partitions));
        }
    }

    /// <summary>How much of it is done, as far as the broker can be asked.</summary>
    private async Task LookAsync(KafkaTopics kafka, Pipeline pipeline)
    {
        using var look = new PeriodicTimer(Look, TimeProvider.System);
        while (await look.WaitForNextTickAsync(_stop.Token))
        {
            try
            {
                Interlocked.Exchange(ref _done, (await kafka.CommittedAsync(pipeline.Group, pipeline.Input)).Values.Sum());
            }
            catch (Exception refused) when (refused is XunitException or KafkaException)
            {
                // Nobody answers now; asked again.
            }
        }
    }
}
