using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>How many partitions the topics have that records are written to.</summary>
internal sealed class PartitionCounts(Func<string, TimeSpan, Metadata> ask, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Known> _known = new();
    private readonly ConcurrentDictionary<string, Error> _unknown = new();
    private readonly Dictionary<string, Task> _questions = [];

    /// <summary>The count; 0 if it is not known.</summary>
    public int Of(string topic) => _known.TryGetValue(topic, out var known) ? known.Count : 0;

    /// <summary>What the brokers, or the client, said when they gave no count.</summary>
    public Error WhyUnknown(string topic) => _unknown.TryGetValue(topic, out var error) ? error : new Error(ErrorCode.UnknownTopicOrPart);

    /// <summary>
    /// Waits for the count if it is not known. If it is a minute old or in doubt, it is asked for and not waited for; an answer that does not come
    /// leaves what was known.
    /// </summary>
    public ValueTask EnsureAsync(string topic, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(topic, out var known)) return new ValueTask(Question(topic).WaitAsync(cancellationToken));
        if (known.At is not { } at || time.GetElapsedTime(at) >= Fresh) _ = Question(topic);
        return ValueTask.CompletedTask;
    }

    /// <summary>The count may be wrong.</summary>
    public void Doubt(string topic)
    {
        if (_known.TryGetValue(topic, out var known)) _known.TryUpdate(topic, known with { At = null }, known);
    }

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
            if (found is { Error.IsError: false, Partitions.Count: > 0 and var count }) _known[topic] = new Known(count, time.GetTimestamp());
            else _unknown[topic] = found.Error;
        }
        catch (KafkaException failure)
        {
            // Not reachable: whoever sends is told that the count is unknown, and tries again.
            _unknown[topic] = failure.Error;
        }
    }

    /// <param name="At">When it was asked for; null if it is in doubt.</param>
    private readonly record struct Known(int Count, long? At);
}
