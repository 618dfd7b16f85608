using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests;

/// <summary>How many partitions a topic has, and who is asked when.</summary>
public sealed class PartitionCountsTests : IDisposable
{
    private const string Topic = "out";

    private readonly FakeTimeProvider _clock = new();
    private readonly BlockingCollection<int> _answers = [];
    private readonly PartitionCounts _counts;
    private int _asked;

    public PartitionCountsTests() => _counts = new PartitionCounts(
        (topic, _) =>
        {
            Interlocked.Increment(ref _asked);
            var count = _answers.Take();
            return count > 0 ? Describe(topic, count) : throw new KafkaException(ErrorCode.Local_TimedOut);
        },
        _clock);

    public void Dispose() => _answers.Dispose();

    [Fact]
    public async Task SeveralNeedTheCount_OneQuestionIsAskedAndTheAnswerIsGoodForAMinute()
    {
        var waiting = Enumerable.Range(0, 5).Select(_ => EnsureAsync()).ToList();
        _answers.Add(3, TestContext.Current.CancellationToken);
        await Task.WhenAll(waiting);
        Assert.Equal((3, 1), (_counts.Of(Topic), _asked));

        _clock.Advance(TimeSpan.FromSeconds(59));
        await EnsureAsync();
        Assert.Equal(1, _asked);

        _clock.Advance(TimeSpan.FromSeconds(1));
        _answers.Add(4, TestContext.Current.CancellationToken);
        await EnsureAsync();
        Assert.Equal((4, 2), (_counts.Of(Topic), _asked));
    }

    [Fact]
    public async Task NobodyAnswers_WhatWasKnownIsLeftAndTheNextOneAsksAgain()
    {
        _answers.Add(0, TestContext.Current.CancellationToken);
        await EnsureAsync();
        Assert.Equal((0, 1), (_counts.Of(Topic), _asked));

        _answers.Add(3, TestContext.Current.CancellationToken);
        await EnsureAsync();
        _clock.Advance(TimeSpan.FromMinutes(2));
        _answers.Add(0, TestContext.Current.CancellationToken);
        await EnsureAsync();
        Assert.Equal((3, 3), (_counts.Of(Topic), _asked));

        _counts.Forget(Topic);
        Assert.Equal(0, _counts.Of(Topic));
    }

    [Fact]
    public async Task OneOfThoseWhoWaitIsCancelled_ItEndsAtOnceAndTheOthersGetTheAnswer()
    {
        using var cancel = new CancellationTokenSource();
        var other = EnsureAsync();
        var cancelled = _counts.EnsureAsync(Topic, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(other.IsCompleted);

        _answers.Add(3, TestContext.Current.CancellationToken);
        await other;
        Assert.Equal((3, 1), (_counts.Of(Topic), _asked));
    }

    private Task EnsureAsync() => _counts.EnsureAsync(Topic, TestContext.Current.CancellationToken).AsTask();

    private static Metadata Describe(string topic, int count) => new(
        [], [new TopicMetadata(topic, [.. Enumerable.Range(0, count).Select(p => new PartitionMetadata(p, 1, [1], [1], ErrorCode.NoError))], ErrorCode.NoError)], 1, "broker");
}
