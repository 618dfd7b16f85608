using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>How many partitions the topics have that records are written to.</summary>
internal sealed class PartitionCounts(Func<string, TimeSpan, Metadata> ask, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (int Count, long At)> _known = new();
    private readonly ConcurrentDictionary<string, Error> _unknown = new();
    private readonly Dictionary<string, Task> _questions = [];

    /// <summary>The count; 0 if it is not known.</summary>
    public int Of(string topic) => _known.TryGetValue(topic, out var known) ? known.Count : 0;

    /// <summary>What the brokers, or the client, said when they were asked last and gave no count.</summary>
    public Error WhyUnknown(string topic) => _unknown.TryGetValue(topic, out var error) ? error : new Error(ErrorCode.UnknownTopicOrPart);

    /// <summary>Asks for the count if it is not known or a minute old. An answer that does not come leaves what was known.</summary>
    public ValueTask EnsureAsync(string topic, CancellationToken cancellationToken) =>
        _known.TryGetValue(topic, out var known) && time.GetElapsedTime(known.At) < Fresh
            ? ValueTask.CompletedTask
            : new ValueTask(Question(topic).WaitAsync(cancellationToken));

    public void Forget(string topic) => _known.TryRemove(topic, out _);

    /// <summary>One question about a topic is enough for all who wait for its answer.</summary>
    private Task Question(string topic)
    {
        lock (_questions)
        {
            if (_questions.TryGetValue(topic, out var question) && !question.IsCompleted) return question;
            // The client's call blocks its thread.
            return _questions[topic] = Task.Run(() => Ask(topic));
        }
    }

    private void Ask(string topic)
    {
        try
        {
            if (ask(topic, Patience).Topics.Find(t => t.Topic == topic) is not { } found) return;
            if (found is { Error.IsError: false, Partitions.Count: > 0 and var count }) _known[topic] = (count, time.GetTimestamp());
            else _unknown[topic] = found.Error;
        }
        catch (KafkaException failure)
        {
            // Not reachable: whoever sends is told that the count is unknown, and tries again.
            _unknown[topic] = failure.Error;
        }
    }
}
