using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Notices that an input topic has been deleted and re-created: it has another id then. The client does not mind and reads on at its
/// old offset in the new log, past records that nobody has seen.
/// </summary>
internal sealed class TopicRecreation(TopicIds topics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>For so long the committed offsets of a new topic may still be the old one's, put there by a member that has not noticed yet.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, string> _ids = [];
    private readonly Dictionary<string, string> _suspected = [];
    private readonly Dictionary<string, long> _recreated = [];
    private readonly Lock _lock = new();
    private volatile int _changes;

    /// <summary>How often a topic was re-created since the start.</summary>
    public int Changes => _changes;

    /// <summary>Whether what the group has committed for the topic may belong to an older one of the same name.</summary>
    public bool IsDoubtful(string topic)
    {
        lock (_lock) return _recreated.TryGetValue(topic, out var at) && time.GetElapsedTime(at) < Doubt;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            foreach (var (topic, id) in await topics.AskAsync().ConfigureAwait(false)) Compare(topic, id);
            await Task.Delay(Interval, time, stop).ConfigureAwait(false);
        }
    }

    private void Compare(string topic, string id)
    {
        lock (_lock)
        {
            if (!_ids.TryGetValue(topic, out var known) || known == id)
            {
                _ids[topic] = id;
                _suspected.Remove(topic);
                return;
            }
            // Brokers may differ for a moment: only what is said twice is believed.
            if (!_suspected.Remove(topic, out var suspected) || suspected != id)
            {
                _suspected[topic] = id;
                return;
            }
            _ids[topic] = id;
            _recreated[topic] = time.GetTimestamp();
            _changes++;
        }
        Log.TopicRecreated(logger, topic);
    }
}

/// <summary>The input topics as they were when a consumer began to read them.</summary>
internal sealed class InputTopics(TopicRecreation recreation)
{
    private readonly int _changes = recreation.Changes;

    /// <summary>Whether one was deleted and re-created since.</summary>
    public bool HaveChanged => recreation.Changes != _changes;

    /// <summary>Whether the offsets that the consumer knows of the topic are those of a topic that is gone.</summary>
    public bool IsGone(string topic) => HaveChanged && recreation.IsDoubtful(topic);

    /// <summary>Whether the topic is so new that what the group has committed may be of its predecessor.</summary>
    public bool IsNew(string topic) => recreation.IsDoubtful(topic);
}
