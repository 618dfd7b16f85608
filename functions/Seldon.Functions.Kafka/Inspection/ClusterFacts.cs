namespace Seldon.Functions.Kafka.Inspection;

/// <summary>Why a client cannot talk to the cluster.</summary>
internal enum ConnectionFault
{
    /// <summary>Nobody answers.</summary>
    Silent,

    /// <summary>TLS fails.</summary>
    Tls,

    /// <summary>The broker refuses the credentials or their mechanism.</summary>
    Authentication,
}

/// <summary>What comes of a connection: the brokers, or why there are none.</summary>
/// <param name="Brokers">The addresses that the cluster tells its clients to use.</param>
/// <param name="Fault">What fails; null if nothing.</param>
/// <param name="Reason">The client's own words.</param>
internal sealed record ConnectionFacts(IReadOnlyList<(string Host, int Port)> Brokers, ConnectionFault? Fault, string Reason);

/// <summary>Whether a client may see a topic.</summary>
internal enum TopicState
{
    /// <summary>It is there.</summary>
    There,

    /// <summary>There is no such topic.</summary>
    Missing,

    /// <summary>The broker denies it.</summary>
    Denied,

    /// <summary>The broker says something else.</summary>
    Failing,
}

/// <summary>A topic as the brokers describe it.</summary>
/// <param name="Reason">The broker's own words, where the topic cannot be seen.</param>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="WithoutLeader">How many of them have no leader now.</param>
/// <param name="Settings">Its settings; null if they cannot be asked for.</param>
/// <param name="Rights">What this client may do with it, such as <c>Read</c>; null if that cannot be asked.</param>
internal sealed record TopicFacts(
    TopicState State, string Reason, int Partitions, int WithoutLeader, IReadOnlyDictionary<string, string>? Settings, IReadOnlyCollection<string>? Rights);

/// <summary>A consumer group as its coordinator describes it.</summary>
/// <param name="Denied">The broker denies the group.</param>
/// <param name="Reason">Why it cannot be asked about; null if it can.</param>
/// <param name="Committed">How many partitions of the input topics have a committed offset.</param>
/// <param name="Lag">How many records are behind these offsets, as far as offsets can say.</param>
/// <param name="Rights">What this client may do with it; null if that cannot be asked.</param>
internal sealed record GroupFacts(bool Denied, string? Reason, int Committed, long Lag, IReadOnlyCollection<string>? Rights);
