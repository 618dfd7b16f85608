using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>A topic that was just made, some of whose partitions do not take records yet.</summary>
public class NewTopicTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Records = 100;

    [Fact]
    public async Task TopicIsNew_WhatIsAcknowledgedIsThere()
    {
        var options = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(NewPipeline().Settings()).Build()).Kafka;
        using var publisher = new KafkaPublisher(options, TimeProvider.System, NullLogger.Instance);
        var send = publisher.InOrder();
        for (var round = 0; round < 60; round++)
        {
            var topic = NewName();
            await Kafka.CreateAsync(topic, 4);
            var sent = new List<Task<Delivery>>();
            for (var i = 0; i < Records; i++)
            {
                // Looked up so often that the records leave in several requests.
                if (i % 3 == 0) Assert.Equal(4, Kafka.Partitions(topic));
                var record = new ProducerRecord(topic, i, null, BitConverter.GetBytes(i), []);
                await publisher.PrepareAsync(record, TestContext.Current.CancellationToken);
                sent.Add(send(record));
            }
            var acknowledged = (await Task.WhenAll(sent)).Count(d => d.Kind == DeliveryKind.Acknowledged);
            Assert.InRange(acknowledged, 1, await Kafka.CountAsync(topic));
        }
    }
}
