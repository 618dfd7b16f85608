using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Notices that an input topic has been deleted and made anew: it has another id then. The client does not mind and reads on at its
/// old offset in the new log, past records that nobody has seen.
/// </summary>
internal sealed class TopicWatch(IAdminClient admin, KafkaOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>For so long the committed offsets of a new topic may still be the old one's, put there by a member that has not noticed yet.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, string> _ids = [];
    private readonly Dictionary<string, string> _suspected = [];
    private readonly Dictionary<string, long> _madeAnew = [];
    private readonly Lock _lock = new();
    private volatile int _changes;

    /// <summary>How often a topic was made anew since the start.</summary>
    public int Changes => _changes;

    /// <summary>Whether what the group has committed for the topic may belong to an older one of the same name.</summary>
    public bool IsDoubtful(string topic)
    {
        lock (_lock) return _madeAnew.TryGetValue(topic, out var at) && time.GetElapsedTime(at) < Doubt;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            foreach (var topic in await AskAsync().ConfigureAwait(false))
            {
                // A broker that does not know the topic's id yet says zero.
                if ((long)topic.TopicId.MostSignificantBits != 0 || (long)topic.TopicId.LeastSignificantBits != 0) Compare(topic.Name, $"{topic.TopicId}");
            }
            await Task.Delay(Interval, time, stop).ConfigureAwait(false);
        }
    }

    // The id as text: the client's own type has no equality.
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
            _madeAnew[topic] = time.GetTimestamp();
            _changes++;
        }
        Log.TopicMadeAnew(logger, topic);
    }

    /// <summary>The topics that are there; none if no broker answers.</summary>
    private async Task<IEnumerable<TopicDescription>> AskAsync()
    {
        try
        {
            var asked = TopicCollection.OfTopicNames(options.InputTopics);
            // Awaited although the host may stop: a client is not freed while a question is under way.
            var described = await admin.DescribeTopicsAsync(asked, new DescribeTopicsOptions { RequestTimeout = Patience }).ConfigureAwait(false);
            return described.TopicDescriptions.Where(t => !t.Error.IsError);
        }
        catch (DescribeTopicsException some)
        {
            return some.Results.TopicDescriptions.Where(t => !t.Error.IsError);
        }
        catch (KafkaException)
        {
            return [];
        }
    }
}
