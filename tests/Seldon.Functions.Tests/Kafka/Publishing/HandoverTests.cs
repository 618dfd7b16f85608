using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>When a partition's publications are handed to a producer, and to which.</summary>
public sealed class HandoverTests : IDisposable
{
    private readonly List<(string Producer, Action Failed, TaskCompletionSource<Delivery> Delivery)> _sent = [];
    private readonly CancellationTokenSource _cancel = new();
    private string _current = "first";

    public void Dispose() => _cancel.Dispose();

    [Fact]
    public async Task OneIsNotTakenWhileAnEarlierOneIsUnderWay_NothingIsHandedOverUntilBothAreSettled()
    {
        var handover = New();
        Assert.True(Try(handover));
        Assert.True(Try(handover));

        _sent[1].Failed();
        Assert.False(Try(handover));
        var held = handover.WaitWhileHeldAsync();
        handover.OnSettled();
        Assert.False(held.IsCompleted);
        Assert.False(Try(handover));
        handover.OnSettled();

        await held;
        Assert.True(Try(handover));
        Assert.Equal(3, _sent.Count);
    }

    [Fact]
    public void AnotherProducerTakesThePlaceWhileSomethingIsUnderWay_ItIsUsedWhenThatIsSettled()
    {
        var handover = New();
        Assert.True(Try(handover));
        _current = "second";
        Assert.True(Try(handover));
        handover.OnSettled();
        Assert.True(Try(handover));
        handover.OnSettled();
        handover.OnSettled();
        Assert.True(Try(handover));

        Assert.Equal(["first", "first", "first", "second"], _sent.Select(s => s.Producer));
    }

    [Fact]
    public void WhatWasGivenBackIsHandedOverAgain_ByTheNewProducer_UntilOneFailsOrItIsCancelled()
    {
        var handover = New();
        Assert.True(Try(handover));
        Assert.True(handover.Sent.TryRead(out var sent));
        _current = "second";

        handover.Renew();
        var again = handover.TrySendAgain(sent);
        Assert.NotNull(again);
        Assert.Equal("second", _sent[1].Producer);
        Assert.Same(_sent[1].Delivery.Task, again.Delivery);

        _sent[1].Failed();
        Assert.Null(handover.TrySendAgain(sent));
        handover.Renew();
        Assert.NotNull(handover.TrySendAgain(sent));

        _cancel.Cancel();
        Assert.Null(handover.TrySendAgain(sent));
        Assert.True(Try(handover));
        Assert.Equal(3, _sent.Count);
    }

    [Fact]
    public void OneFailsAfterTheCancellation_NobodyWaitsForTheHandover()
    {
        var handover = New();
        Assert.True(Try(handover));
        _cancel.Cancel();
        handover.Release();
        _sent[0].Failed();

        Assert.True(handover.WaitWhileHeldAsync().IsCompleted);
    }

    private Handover New() => new(
        () =>
        {
            var producer = _current;
            return (_, failed) =>
            {
                _sent.Add((producer, failed!, new TaskCompletionSource<Delivery>()));
                return _sent[^1].Delivery.Task;
            };
        },
        _cancel.Token);

    private static bool Try(Handover handover)
    {
        var record = new Record("in", 0, 0, 0, null, null, []);
        return handover.TrySend(new Read(record, 0, Task.FromResult<Outcome>(default)), new ProducerRecord("out", 0, null, null, []), default);
    }
}
