using Confluent.Kafka;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>Produces records for the demo and for benchmarks, in their order, each to the partition that <see cref="Partitioning"/> gives it.</summary>
internal static class PlainProducer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Ends when the broker has all of them.</summary>
    /// <exception cref="KafkaException">The broker refuses one.</exception>
    public static async Task ProduceAsync(KafkaOptions options, IAsyncEnumerable<ProducerRecord> records)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(ClientConfigs.Producer(options)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        var (counts, sent) = (new Dictionary<string, int>(), new List<Task>());
        await foreach (var record in records.ConfigureAwait(false))
        {
            if (!counts.TryGetValue(record.Topic, out var count)) counts[record.Topic] = count = admin.GetMetadata(record.Topic, Patience).Topics[0].Partitions.Count;
            var to = new TopicPartition(record.Topic, Partitioning.PartitionOf(record, count));
            sent.Add(producer.ProduceAsync(to, new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = record.ToHeaders() }));
        }
        await Task.WhenAll(sent).ConfigureAwait(false);
    }
}
