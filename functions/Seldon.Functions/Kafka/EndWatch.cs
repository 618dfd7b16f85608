using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Seldon.Functions.Kafka;

/// <summary>
/// Asks the brokers once a second where the partitions of this member end; whether they answer tells whether they can be
/// reached. The client's own figures (its statistics, its cached watermarks) come from fetching, which stands still while a
/// partition is paused: just when a model is out and the lag grows.
/// </summary>
internal sealed class EndWatch(IAdminClient admin, StreamStatus status, KafkaOptions options, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var lanes = status.Lanes;
            status.SetEnds(await EndsAsync(lanes).ConfigureAwait(false));
            await Task.Delay(Interval, time, stop).ConfigureAwait(false);
        }
    }

    /// <summary>The offset after the last record of each partition; null if no broker answers.</summary>
    private async Task<Dictionary<TopicPartition, long>?> EndsAsync(IReadOnlyList<KeyValuePair<TopicPartition, PartitionLane>> lanes)
    {
        // A member without partitions asks as well, to see whether anybody answers.
        var partitions = lanes.Count > 0 ? lanes.Select(l => l.Key) : [new TopicPartition(options.InputTopics[0], 0)];
        var asked = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = OffsetSpec.Latest() });
        List<ListOffsetsResultInfo> answers;
        // Awaited although the host may stop: a client is not freed while a question is under way.
        try
        {
            answers = (await admin.ListOffsetsAsync(asked, new ListOffsetsOptions { RequestTimeout = Patience }).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException some)
        {
            answers = some.Result.ResultInfos ?? [];
        }
        catch (KafkaException)
        {
            return null;
        }
        var ends = answers.Select(a => a.TopicPartitionOffsetError).Where(e => !e.Error.IsError).ToDictionary(e => e.TopicPartition, e => e.Offset.Value);
        return ends.Count > 0 ? ends : null;
    }
}
