namespace Seldon.Functions.Kafka.Consuming;

/// <summary>Why <see cref="GroupMember.RunAsync"/> came to its end.</summary>
internal enum ConsumerEnd
{
    /// <summary>It was asked to stop.</summary>
    Stopped,

    /// <summary>A client cannot go on; new clients can, from the committed offsets.</summary>
    ClientFailed,

    /// <summary>An input topic was deleted and re-created; a new client reads it from its beginning.</summary>
    TopicRecreated,
}
