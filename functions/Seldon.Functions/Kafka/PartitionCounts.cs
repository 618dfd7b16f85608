using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>How many partitions the topics have that records without a key are written to.</summary>
internal sealed class PartitionCounts(Func<string, TimeSpan, Metadata> ask, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (int Count, long At)> _known = new();
    private readonly SemaphoreSlim _asking = new(1, 1);

    /// <summary>The count; 0 if it is not known.</summary>
    public int Of(string topic) => _known.TryGetValue(topic, out var known) ? known.Count : 0;

    /// <summary>Asks for the count if it is not known or a minute old. An answer that does not come leaves what was known.</summary>
    public ValueTask EnsureAsync(string topic, CancellationToken cancellationToken) =>
        IsFresh(topic) ? ValueTask.CompletedTask : new ValueTask(AskAsync(topic, cancellationToken));

    public void Forget(string topic) => _known.TryRemove(topic, out _);

    /// <summary>Returns when no question is under way any more: the client may be freed then.</summary>
    public void Dispose()
    {
        _asking.Wait();
        _asking.Dispose();
    }

    private bool IsFresh(string topic) => _known.TryGetValue(topic, out var known) && time.GetElapsedTime(known.At) < Fresh;

    private async Task AskAsync(string topic, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsFresh(topic)) return;
            // The client's call blocks its thread.
            var metadata = await Task.Run(() => ask(topic, Patience), cancellationToken).ConfigureAwait(false);
            var found = metadata.Topics.Find(t => t.Topic == topic);
            if (found is { Error.IsError: false, Partitions.Count: > 0 }) _known[topic] = (found.Partitions.Count, time.GetTimestamp());
        }
        catch (KafkaException)
        {
            // Not reachable: whoever sends is told that the count is unknown, and tries again.
        }
        finally
        {
            _asking.Release();
        }
    }
}
