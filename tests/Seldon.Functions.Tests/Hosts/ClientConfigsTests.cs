using Confluent.Kafka;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Hosts;

/// <summary>What the guarantees rest on and no fault shows every time: what is lost without it is lost in one case of many.</summary>
public class ClientConfigsTests
{
    [Fact]
    public async Task Producer_WaitsForAllReplicas_WithOneRequestUnderWay_AndForEver()
    {
        await using var bed = await TestBed.CreateAsync();

        var producer = ClientConfigs.Producer(bed.ReadSettings().Kafka);

        Assert.Equal((true, Acks.All, 1, 0), (producer.EnableIdempotence, producer.Acks, producer.MaxInFlight, producer.MessageTimeoutMs));
    }

    [Fact]
    public async Task Consumer_CommitsOnlyWhatWasStored_AndSkipsNothingUnseen()
    {
        await using var bed = await TestBed.CreateAsync();

        var consumer = ClientConfigs.Consumer(bed.ReadSettings().Kafka);

        Assert.False(consumer.EnableAutoOffsetStore);
        Assert.Equal("error", consumer.Get("auto.offset.reset"));
        Assert.Equal(IsolationLevel.ReadCommitted, consumer.IsolationLevel);
        // A group waits no longer for this member, whatever ails its client.
        Assert.Equal(60_000, consumer.MaxPollIntervalMs);
    }
}
