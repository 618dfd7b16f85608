using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Inspection;

/// <summary>Sends requests to an input topic, as a producer of a user's own would.</summary>
internal sealed class RequestProducer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IProducer<byte[], byte[]> _producer;
    private readonly int _partitions;
    private readonly KafkaOptions _options;

    /// <exception cref="ClusterException">No broker answers, or the topic is not there.</exception>
    public RequestProducer(KafkaOptions options, string topic)
    {
        _options = options;
        var config = ClientConfigs.Producer(options);
        // Somebody waits in front of a terminal.
        config.MessageTimeoutMs = (int)Patience.TotalMilliseconds;
        _producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        try
        {
            using var admin = new DependentAdminClientBuilder(_producer.Handle).Build();
            var found = ClusterException.Try(options, () => admin.GetMetadata(topic, Patience)).Topics.Find(t => t.Topic == topic);
            if (found is null or { Partitions.Count: 0 }) throw new ClusterException($"The topic {topic} cannot be written to ({found?.Error.Reason ?? "not listed"}). The command 'check' says more.", null);
            _partitions = found.Partitions.Count;
        }
        catch
        {
            _producer.Dispose();
            throw;
        }
    }

    /// <summary>Ends when the broker has the record; its partition and offset there.</summary>
    /// <exception cref="ClusterException">The broker refuses it.</exception>
    public async Task<(int Partition, long Offset)> SendAsync(ProducerRecord record)
    {
        var to = new TopicPartition(record.Topic, Partitioning.PartitionOf(record, _partitions));
        try
        {
            var sent = await _producer.ProduceAsync(to, new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = record.ToHeaders() }).ConfigureAwait(false);
            return (sent.Partition.Value, sent.Offset.Value);
        }
        catch (KafkaException refused)
        {
            throw ClusterException.Of(_options, refused);
        }
    }

    public void Dispose() => _producer.Dispose();
}
