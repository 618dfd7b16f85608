using System.Text;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>What becomes of records that are handed to the publisher.</summary>
public sealed class KafkaPublisherTests : IDisposable
{
    private const int TopicAuthorizationFailed = 29;

    private readonly CapturedLogs _logs = new();
    private int _failed;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task RecordIsRefused_LaterOnesAreGivenBackAndAnotherProducerDeliversThem()
    {
        await using var bed = await TestBed.CreateAsync();
        using var publisher = await NewAsync(bed);
        bed.Broker.PushProduceErrors(TopicAuthorizationFailed);
        var send = publisher.InOrder();

        Assert.Equal((DeliveryKind.Held, 1), await DeliverAsync(send, "key"u8.ToArray()));
        Assert.Equal((DeliveryKind.Unsent, 2), await DeliverAsync(send, "key"u8.ToArray()));
        Assert.Equal((DeliveryKind.Acknowledged, 2), await DeliverAsync(publisher.InOrder(), "key"u8.ToArray()));
        Assert.False(publisher.Fatal.IsCompleted);
        Assert.DoesNotContain(_logs.Lines, l => l.Level >= LogLevel.Information);
    }

    [Theory]
    [InlineData("key")]
    [InlineData(null)]
    public async Task PartitionsOfTheTopicAreNotKnown_RecordIsHeldAtOnce(string? text)
    {
        var key = text is null ? null : Encoding.UTF8.GetBytes(text);
        await using var bed = await TestBed.CreateAsync();
        using var publisher = New(bed);

        Assert.Equal((DeliveryKind.Held, 1), await DeliverAsync(publisher.InOrder(), key));
        await publisher.PrepareAsync(RecordWith(key), TestContext.Current.CancellationToken);
        Assert.Equal((DeliveryKind.Acknowledged, 1), await DeliverAsync(publisher.InOrder(), key));
    }

    [Fact]
    public async Task FirstRecordOfAPartitionIsRefused_ThoseThatCameWithItAreGivenBack()
    {
        await using var bed = await TestBed.CreateAsync();
        using var publisher = await NewAsync(bed);
        bed.Broker.PushProduceErrors(TopicAuthorizationFailed);
        var send = publisher.InOrder();

        var deliveries = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => DeliverAsync(send, "key"u8.ToArray())));

        Assert.Equal([DeliveryKind.Held, DeliveryKind.Unsent, DeliveryKind.Unsent], deliveries.Select(d => d.Kind));
        Assert.Equal(3, _failed);
    }

    [Fact]
    public async Task PublisherIsDisposedOf_WhatIsHandedOverIsGivenBack()
    {
        await using var bed = await TestBed.CreateAsync();
        var publisher = await NewAsync(bed);
        var send = publisher.InOrder();
        publisher.Dispose();

        Assert.Equal((DeliveryKind.Unsent, 1), await DeliverAsync(send, "key"u8.ToArray()));
        Assert.Equal((DeliveryKind.Fatal, 2), await DeliverAsync(publisher.InOrder(), "key"u8.ToArray()));
        Assert.Equal(DeliveryKind.Fatal, (await publisher.SendAloneAsync(RecordWith("key"u8.ToArray()), TestContext.Current.CancellationToken)).Kind);
    }

    [Fact]
    public async Task PublisherIsDisposedOf_WhatIsUnderWayIsGivenBack()
    {
        await using var bed = await TestBed.CreateAsync();
        var publisher = await NewAsync(bed);
        bed.Broker.SetBrokerDown(1);
        var send = publisher.InOrder();
        var deliveries = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => DeliverAsync(send, "key"u8.ToArray())));
        publisher.Dispose();

        await Until.True(() => deliveries.IsCompleted);
        Assert.All(await deliveries, d => Assert.Equal(DeliveryKind.Unsent, d.Kind));
        Assert.Equal(3, _failed);
    }

    private async Task<KafkaPublisher> NewAsync(TestBed bed)
    {
        var publisher = New(bed);
        await publisher.PrepareAsync(RecordWith(null), TestContext.Current.CancellationToken);
        return publisher;
    }

    private KafkaPublisher New(TestBed bed) => new(bed.ReadSettings().Kafka, TimeProvider.System, _logs);

    private static ProducerRecord RecordWith(byte[]? key) => new(TestBed.Output, 0, key, "value"u8.ToArray(), []);

    private async Task<(DeliveryKind Kind, int Failed)> DeliverAsync(Send send, byte[]? key)
    {
        var delivery = await send(RecordWith(key), () => Interlocked.Increment(ref _failed));
        return (delivery.Kind, _failed);
    }
}
