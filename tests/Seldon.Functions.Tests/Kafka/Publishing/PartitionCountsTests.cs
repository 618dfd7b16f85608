using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Tests.Kafka.Publishing;

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
        Answer(3);
        await Task.WhenAll(waiting);
        Assert.Equal((3, 1), (_counts.Of(Topic), _asked));

        _clock.Advance(TimeSpan.FromSeconds(59));
        await EnsureAsync();
        Assert.Equal(1, _asked);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(EnsureAsync().IsCompletedSuccessfully);
        Assert.Equal(3, _counts.Of(Topic));
        Answer(4);
        await Until.True(() => _counts.Of(Topic) == 4);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task NobodyAnswers_WhatWasKnownIsLeftAndTheNextOneAsksAgain()
    {
        Answer(0);
        await EnsureAsync();
        Assert.Equal((0, 1), (_counts.Of(Topic), _asked));
        Assert.Equal(ErrorCode.Local_TimedOut, _counts.WhyUnknown(Topic).Code);

        Answer(3);
        await EnsureAsync();
        _clock.Advance(TimeSpan.FromMinutes(2));
        Answer(0);
        await EnsureAsync();
        await Until.True(() => _answers.Count == 0);
        Assert.Equal(3, _counts.Of(Topic));
        Answer(4);
        await Until.True(() => EnsureAsync().IsCompleted && _counts.Of(Topic) == 4);
    }

    [Fact]
    public async Task CountIsInDoubt_ItIsAskedForAgainAndGoodMeanwhile()
    {
        Answer(3);
        await EnsureAsync();
        _counts.Doubt(Topic);
        Assert.True(EnsureAsync().IsCompletedSuccessfully);
        Assert.Equal(3, _counts.Of(Topic));
        Answer(2);
        await Until.True(() => _counts.Of(Topic) == 2);
        await EnsureAsync();
        Assert.Equal(2, _asked);
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

        Answer(3);
        await other;
        Assert.Equal((3, 1), (_counts.Of(Topic), _asked));
    }

    private void Answer(int count) => _answers.Add(count, TestContext.Current.CancellationToken);

    private Task EnsureAsync() => _counts.EnsureAsync(Topic, TestContext.Current.CancellationToken).AsTask();

    private static Metadata Describe(string topic, int count) => new(
        [], [new TopicMetadata(topic, [.. Enumerable.Range(0, count).Select(p => new PartitionMetadata(p, 1, [1], [1], ErrorCode.NoError))], ErrorCode.NoError)], 1, "broker");
}
