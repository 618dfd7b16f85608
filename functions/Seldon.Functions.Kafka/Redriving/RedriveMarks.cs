using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Redriving;

/// <summary>The topic beside an error topic that remembers which of its dead letters were redriven: one mark for each, by its id.</summary>
internal sealed class RedriveMarks(KafkaOptions options, string errorTopic)
{
    /// <summary>How many partitions the topic of marks gets.</summary>
    public const int Partitions = 1;

    public string Topic { get; } = TopicOf(errorTopic);

    public static string TopicOf(string errorTopic) => $"{errorTopic}.redriven";

    /// <summary>Makes the topic if it is not there: compacted, so that no mark expires.</summary>
    public async Task MakeTopicAsync(IAdminClient admin)
    {
        var compacted = new Dictionary<string, string> { ["cleanup.policy"] = "compact" };
        try
        {
            await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = -1, Configs = compacted }]).ConfigureAwait(false);
        }
        catch (CreateTopicsException refused) when (refused.Results.TrueForAll(r => r.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            // Another redrive was faster.
        }
    }

    /// <summary>The ids of the dead letters that were redriven; of a transaction that is not over, none.</summary>
    public HashSet<string> Read(CancellationToken stop)
    {
        using var reader = new TopicReader(options, $"{options.Group}.redrive", Topic);
        return [.. reader.ReadUpToNow(stop).Where(m => m.Key is not null).Select(m => Encoding.UTF8.GetString(m.Key!))];
    }

    /// <summary>The mark of a dead letter; its value says where the letter stands.</summary>
    public ProducerRecord MarkOf(Record letter, DeadLetterNote note) =>
        new(Topic, 0, Encoding.UTF8.GetBytes(note.Id), Encoding.UTF8.GetBytes($"{letter.Topic}/{letter.Partition}/{letter.Offset}"), []);
}
