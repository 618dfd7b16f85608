using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Seldon.Functions.Kafka;

/// <summary>Asks the brokers for the ids of the input topics.</summary>
/// <remarks>
/// The client's own question for ids cannot be asked without care: where a partition has no replica in sync, as after a restart of its
/// only broker, the client drops the answer and frees itself, and frees itself again when it is disposed of, which ends the process.
/// So it is asked only of topics that have replicas; when an answer stays away all the same, a new client is made, and the old one is
/// left alone.
/// </remarks>
internal sealed class TopicIds(KafkaOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The client gives an answer or gives up before.</summary>
    private static readonly TimeSpan Silence = Patience + TimeSpan.FromSeconds(2);

    private IAdminClient? _admin;

    /// <summary>The topics that are there, with their ids as text, which unlike the client's own type has equality; none if no broker answers.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>> AskAsync()
    {
        // Awaited although the host may stop: a client is not freed while a question is under way.
        _admin ??= new AdminClientBuilder(ClientConfigs.Admin(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            // The client's call blocks its thread.
            if (!await Task.Run(() => options.InputTopics.All(HasReplicas)).ConfigureAwait(false)) return [];
#pragma warning disable RS0030 // This is the place that takes care.
            var question = _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(options.InputTopics), new DescribeTopicsOptions { RequestTimeout = Patience });
#pragma warning restore RS0030
            return Known((await question.WaitAsync(Silence, time).ConfigureAwait(false)).TopicDescriptions);
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

    private bool HasReplicas(string topic) =>
        _admin!.GetMetadata(topic, Patience).Topics.All(t => t.Partitions.All(p => p.InSyncReplicas.Length > 0 && p.Replicas.Length > 0));

    private static IReadOnlyList<KeyValuePair<string, string>> Known(IEnumerable<TopicDescription> topics) =>
    [
        // A broker that does not know the topic's id yet says zero.
        .. topics.Where(t => !t.Error.IsError && (t.TopicId.MostSignificantBits != 0 || t.TopicId.LeastSignificantBits != 0))
            .Select(t => KeyValuePair.Create(t.Name, $"{t.TopicId}")),
    ];
}
