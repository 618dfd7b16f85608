using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>How many partitions a topic has, and when the brokers are asked.</summary>
public sealed class TopicsTests : IDisposable
{
    private const string Name = "out";

    private readonly FakeTimeProvider _clock = new();
    private readonly CapturedLogs _logs = new();
    private readonly Queue<Action<int, Error>> _questions = new();
    private readonly Topics _topics;

    public TopicsTests()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        _topics = new Topics((_, _, answer) => _questions.Enqueue(answer), action => action(), _clock, _logs);
    }

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void SeveralNeedTheCount_OneQuestionIsAskedAndTheAnswerIsGoodForAMinute()
    {
        for (var i = 0; i < 5; i++) _topics.For(Name);
        Answer(3);
        var topic = Assert.Single(_topics.All);
        Assert.Equal(3, topic.Changed);
        (topic.Partitions, topic.Changed) = (3, 0);

        _clock.Advance(TimeSpan.FromSeconds(59));
        _topics.For(Name);
        Assert.Empty(_questions);

        _clock.Advance(TimeSpan.FromSeconds(1));
        _topics.For(Name);
        Answer(3);
        Assert.Equal(0, topic.Changed);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _topics.For(Name);
        Answer(4);
        Assert.Equal(4, topic.Changed);
    }

    [Fact]
    public void NobodyAnswers_WhatWasKnownStaysAndTheNextOneAsksAgain()
    {
        var topic = _topics.For(Name);
        topic.Partitions = 3;
        Answer(0);
        Assert.Equal(3, topic.Partitions);
        Assert.Empty(_logs.Lines);

        _topics.For(Name);
        Assert.Empty(_questions);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _topics.For(Name);
        Assert.Single(_questions);
    }

    [Fact]
    public void NothingIsKnown_ItIsSaidAndAskedAgainWithoutAnotherRecord()
    {
        var topic = _topics.For(Name);
        Answer(0);
        Assert.Equal(long.MaxValue, _topics.AskAgain());
        topic.Unplaced.Enqueue(null!);

        Assert.True(_logs.Has("accepts no records"));
        var next = _topics.AskAgain();
        Assert.InRange(next, _clock.GetTimestamp() + 1, long.MaxValue - 1);
        _clock.Advance(_clock.GetElapsedTime(_clock.GetTimestamp(), next));
        _topics.AskAgain();
        Answer(2);
        Assert.Equal(2, topic.Changed);
    }

    private void Answer(int count)
    {
        Assert.Single(_questions);
        _questions.Dequeue()(count, new Error(count > 0 ? ErrorCode.NoError : ErrorCode.Local_TimedOut));
    }
}
