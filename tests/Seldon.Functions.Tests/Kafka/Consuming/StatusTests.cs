using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>What health checks are told, with a clock that only the test moves.</summary>
public class StatusTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly StreamStatus _status;

    public StatusTests() => _status = new StreamStatus(
        new KafkaOptions { Broker = "broker:9092", InputTopics = ["in"], Output = new OutputTopics("out", "out.errors"), Group = "group" }, _clock);

    [Fact]
    public void PollsNoMoreForAMinute_IsNotAlive_AndWhenItPollsAgainItIs()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(_status.IsTurning, "Nothing has begun to poll yet.");
        _status.Turned();
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.True(_status.IsTurning);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_status.IsTurning);

        _status.Turned();
        Assert.True(_status.IsTurning);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(_status.IsTurning);
        _status.Left();
        Assert.True(_status.IsTurning, "It has ended in order.");
    }

    [Fact]
    public void Ready_OnlyWithPartitionsAndABrokerThatAnswers()
    {
        Assert.Equal("it has not been started", _status.NotReady);
        _status.WaitFor(null);
        Assert.Equal("no broker of broker:9092 can be reached", _status.NotReady);
        _status.SetEnds(new Dictionary<TopicPartition, long>());
        Assert.Null(_status.NotReady);
        _status.SetEnds(null);
        Assert.Equal("no broker of broker:9092 can be reached", _status.NotReady);
        _status.SetEnds(new Dictionary<TopicPartition, long>());
        _status.Left();
        Assert.Equal("it has left its group", _status.NotReady);
    }
}
