using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>Brokers that do not let this program have transactions. What transactions are for, the tests against a real Kafka show.</summary>
public class ExactlyOnceStartTests
{
    private const short InitProducerId = 22;
    private const int UnsupportedVersion = 35;

    [Theory]
    [InlineData(53, "grant WRITE and DESCRIBE")] // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    [InlineData(31, "grant IDEMPOTENT_WRITE")] // CLUSTER_AUTHORIZATION_FAILED
    public async Task BrokerRefusesTransactions_ProcessEndsAndSaysWhatToDo(int code, string fix)
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Broker.PushRequestErrors(InitProducerId, [.. Enumerable.Repeat(code, 5)]);
        var settings = bed.ReadSettings(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_TRANSACTIONAL_ID", "mine"));
        using var logs = new CapturedLogs();
        await using var engine = InferenceEngine.Create(settings.Engine, logs, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<DeliveryRefusedException>(
            () => new StreamProcessor(engine, settings.Kafka, TimeProvider.System, logs).RunAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("KAFKA_DELIVERY is 'exactly-once'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(fix, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokerAnswersWithSomethingElse_HostWaitsAndSaysThatItMayHaveNoTransactions()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Broker.PushRequestErrors(InitProducerId, [.. Enumerable.Repeat(UnsupportedVersion, 1000)]);

        var host = bed.Start(("KAFKA_DELIVERY", "exactly-once"));

        await Until.True(() => host.Logs.Has("it gives no transactions", LogLevel.Warning));
        await host.StopAsync();
    }
}
