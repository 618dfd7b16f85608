namespace Seldon.Functions.Kafka.Consuming;

/// <summary>The input topics as they were when a consumer began to read them.</summary>
internal sealed class InputTopics(TopicRecreation watch)
{
    private readonly int _changes = watch.Changes;

    /// <summary>Whether one was deleted and re-created since.</summary>
    public bool HaveChanged => watch.Changes != _changes;

    /// <summary>Whether the offsets that the consumer knows of it are those of a topic that is gone.</summary>
    public bool IsGone(string topic) => HaveChanged && watch.IsDoubtful(topic);

    /// <summary>Whether it is so new that what the group has committed may be of its predecessor.</summary>
    public bool IsNew(string topic) => watch.IsDoubtful(topic);
}
