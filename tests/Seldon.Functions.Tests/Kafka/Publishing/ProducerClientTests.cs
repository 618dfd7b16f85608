using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Tests.Kafka.Publishing;

public class ProducerClientTests
{
    /// <summary>As where there is no memory for the report: the client says so once, and the record is reported no more.</summary>
    [Fact]
    public async Task ReportIsLost_ProducerIsOfNoUse()
    {
        await using var bed = await TestBed.CreateAsync(errors: 1);
        var options = bed.ReadSettings().Kafka;
        var fatal = new ConcurrentQueue<Error>();
        await using var client = new ProducerClient(
            ClientConfigs.Producer(options), new RateLimitedErrors(options.Broker, (_, _, _) => { }, TimeProvider.System, NullLogger.Instance), (_, error) => fatal.Enqueue(error), TimeProvider.System, NullLogger.Instance);

        client.Producer.Produce(new TopicPartition(options.Output.Errors, 0), new Message<byte[], byte[]> { Value = [1] }, _ => throw new InvalidOperationException("no room"));

        await Until.True(() => !fatal.IsEmpty, () => "the loss is seen");
        var error = Assert.Single(fatal);
        Assert.Contains("no room", error.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Reason);
    }
}
