using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>A topic that records are written to. Belongs to the loop of the <see cref="Outbox"/>.</summary>
internal sealed class Topic(string name)
{
    public string Name => name;

    /// <summary>How many partitions it has; 0 if that is not known.</summary>
    public int Partitions { get; set; }

    /// <summary>How many it has now, if that is another number than <see cref="Partitions"/>; else 0.</summary>
    public int Changed { get; set; }

    /// <summary>Records that came before the number of partitions was known.</summary>
    public Queue<InFlightRecord> Unplaced { get; } = new();

    /// <summary>When the topic took records again that it had not taken; a timestamp.</summary>
    public long ResumedAt { get; set; } = long.MinValue;

    /// <summary>Since when it takes none; a timestamp, null if it takes records.</summary>
    public long? HeldSince { get; set; }

    /// <summary>Whether one of its records was in a transaction that failed for a topic, which may have been this one.</summary>
    public bool IsDoubted { get; set; }

    public long LastLine { get; set; }

    public long AskAt { get; set; }

    public int Questions { get; set; }

    public bool IsAsked { get; set; }

    /// <summary>One for each partition, from which records go there.</summary>
    public Row[] Rows { get; set; } = [];

    /// <summary>Whether it has not taken the record, nor another one since.</summary>
    public bool IsHolding(InFlightRecord record) => record.Holds > 0 && ResumedAt <= record.Held.At;
}

/// <summary>The topics that records are written to: how many partitions they have, and whether they take records, which the log says.</summary>
/// <param name="ask">Asks for the number of partitions; the answer comes on another thread.</param>
/// <param name="post">Does something on the loop.</param>
internal sealed class Topics(Action<string, TimeSpan, Action<int, Error>> ask, Action<Action> post, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));

    private readonly Dictionary<string, Topic> _all = [];

    /// <summary>All topics that a record was for.</summary>
    public IReadOnlyCollection<Topic> All => _all.Values;

    /// <summary>The topic, for one more record. If what is known of it is a minute old, it is asked for; the record does not wait for that.</summary>
    public Topic For(string name)
    {
        if (!_all.TryGetValue(name, out var topic)) _all[name] = topic = new Topic(name);
        if (topic.AskAt <= time.GetTimestamp()) Ask(topic);
        return topic;
    }

    /// <summary>Asks again where nothing is known yet; the timestamp at which there is something to ask.</summary>
    public long AskAgain()
    {
        var next = long.MaxValue;
        foreach (var topic in _all.Values)
        {
            if (topic.IsAsked || topic.Unplaced.Count == 0) continue;
            if (topic.AskAt <= time.GetTimestamp()) Ask(topic);
            else next = Math.Min(next, topic.AskAt);
        }
        return next;
    }

    /// <summary>A record was not taken: it waits, and is tried alone until the topic takes records.</summary>
    public void Hold(InFlightRecord record, Topic topic, Delivery delivery)
    {
        // The number of partitions may be another one by now.
        if (delivery.Code is nameof(ErrorCode.Local_UnknownPartition) or nameof(ErrorCode.UnknownTopicOrPart) or nameof(ErrorCode.Local_UnknownTopic)) Ask(topic);
        record.Held = (time.GetTimestamp(), time.After(Waits.Delay(record.Holds++)));
        Say(topic, delivery.Reason, delivery.Code);
    }

    /// <summary>A record's topic may not take records: it is tried alone, at once, unless another one of the topic is taken before.</summary>
    public void Doubt(InFlightRecord record, Topic topic)
    {
        topic.IsDoubted = true;
        record.Holds = Math.Max(1, record.Holds);
        record.Held = (time.GetTimestamp(), time.GetTimestamp());
    }

    /// <summary>The topic has taken a record.</summary>
    public void Resume(Topic topic)
    {
        if (!topic.IsDoubted && topic.HeldSince is null) return;
        (topic.IsDoubted, topic.ResumedAt) = (false, time.GetTimestamp());
        if (topic.HeldSince is not { } since) return;
        topic.HeldSince = null;
        Log.PublishResumed(logger, topic.Name, time.GetElapsedTime(since).TotalSeconds);
    }

    private void Say(Topic topic, string reason, string code)
    {
        topic.HeldSince ??= time.GetTimestamp();
        if (topic.LastLine != 0 && topic.LastLine > topic.ResumedAt && time.GetElapsedTime(topic.LastLine) < Reminder) return;
        topic.LastLine = time.GetTimestamp();
        Log.PublishHeld(logger, topic.Name, reason, code);
    }

    private void Ask(Topic topic)
    {
        if (topic.IsAsked) return;
        topic.IsAsked = true;
        ask(topic.Name, Patience, (count, error) => post(() => OnAnswer(topic, count, error)));
    }

    private void OnAnswer(Topic topic, int count, Error error)
    {
        topic.IsAsked = false;
        topic.AskAt = count > 0 ? time.After(Fresh) : time.After(Waits.Delay(topic.Questions++));
        if (count == 0)
        {
            // What was known stays good; records for a topic of which nothing is known wait.
            if (topic.Partitions == 0) Say(topic, error.Reason, error.Code.ToString());
            return;
        }
        topic.Questions = 0;
        // Records that waited for the topic to be there were never held.
        if (topic.Partitions == 0) Resume(topic);
        topic.Changed = topic.Partitions == count ? 0 : count;
    }
}
