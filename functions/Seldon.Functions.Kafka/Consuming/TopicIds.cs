using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>Asks the brokers for the ids of the input topics.</summary>
/// <remarks>
/// The question for ids cannot be asked without care: where a partition has no replica in sync, as after a restart of its only broker,
/// the library cannot copy the empty list, frees queue and client behind our back and answers nothing more; to dispose of it then frees the
/// queue twice, which ends the process. So only topics are asked for that have replicas in sync. They may lose them before the answer: when
/// none comes, the old client is left alone, and a new one is made.
/// </remarks>
internal sealed class TopicIds(KafkaOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>By then the client has answered or given up, unless it has freed itself, or sleeps because the clock was set back.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private IAdminClient? _admin;

    /// <summary>The topics that are there, with their ids as text, which unlike the client's own type has equality; none if no broker answers.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>> AskAsync()
    {
        var admin = _admin ??= new AdminClientBuilder(ClientConfigs.Admin(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            // Awaited although the host may stop: a client is not freed while a question is in flight.
            return await Task.Run(() => AskAsync(admin)).WaitAsync(Silence, time).ConfigureAwait(false);
        }
        catch (DescribeTopicsException some)
        {
            return Known(some.Results.TopicDescriptions);
        }
        catch (KafkaException)
        {
            return [];
        }
        catch (TimeoutException)
        {
            _admin = null;
            return [];
        }
    }

    public void Dispose()
    {
        if (_admin is not null) ClientDisposal.Dispose(_admin);
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> AskAsync(IAdminClient admin)
    {
        // The client's call blocks its thread.
        var topics = options.InputTopics.Where(t => admin.GetMetadata(t, Patience).Topics.TrueForAll(IsInSync)).ToList();
        if (topics.Count == 0) return [];
#pragma warning disable RS0030 // This is the place that takes care.
        var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), new DescribeTopicsOptions { RequestTimeout = Patience }).ConfigureAwait(false);
#pragma warning restore RS0030
        return Known(described.TopicDescriptions);
    }

    /// <summary>Whether every partition has a replica in sync: without this, nobody may ask the client to describe the topic.</summary>
    public static bool IsInSync(TopicMetadata topic) => topic.Partitions.TrueForAll(p => p.InSyncReplicas.Length > 0 && p.Replicas.Length > 0);

    private static IReadOnlyList<KeyValuePair<string, string>> Known(IEnumerable<TopicDescription> topics) =>
    [
        // A broker that does not know the topic's id yet says zero.
        .. topics.Where(t => !t.Error.IsError && (t.TopicId.MostSignificantBits != 0 || t.TopicId.LeastSignificantBits != 0))
            .Select(t => KeyValuePair.Create(t.Name, $"{t.TopicId}")),
    ];
}
