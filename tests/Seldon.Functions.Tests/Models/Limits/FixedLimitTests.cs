using Seldon.Functions.Models.Limits;

namespace Seldon.Functions.Tests.Models.Limits;

/// <summary>The limit that is set as a number, and what push-back does to it.</summary>
public class FixedLimitTests
{
    private readonly FixedLimit _limit = new(16);
    private TimeSpan _now;

    [Fact]
    public void Number_IsTheLimit()
    {
        End(1000);

        Assert.Equal((16, 16), (_limit.Limit, _limit.Kept));
    }

    [Fact]
    public void RecordIsAnsweredAfterPushBack_LimitFallsToWhatWasAnswered()
    {
        End(16);
        var marks = Enumerable.Range(0, 12).Select(_ => _limit.PushedBack(_now, 15)).ToList();

        _limit.Lower(_now, marks[0]);

        Assert.Equal(4, _limit.Limit);
    }

    [Fact]
    public void OthersWerePushedBackTogetherWithIt_LimitFallsOnce()
    {
        End(16);
        var marks = Enumerable.Range(0, 4).Select(_ => _limit.PushedBack(_now, 15)).ToList();

        foreach (var mark in marks) _limit.Lower(_now, mark);

        Assert.Equal(8, _limit.Limit);
    }

    [Fact]
    public void CallWasAloneInFlight_SaysNothingOfTheirNumber()
    {
        _limit.Lower(_now, _limit.PushedBack(_now, 0));

        Assert.Equal(16, _limit.Limit);
    }

    [Fact]
    public void ServerAnswersAgain_LimitRisesByStepsUpToTheNumber()
    {
        Fall();
        List<int> limits = [];
        while (_limit.Limit < 16)
        {
            End(1);
            if (limits.LastOrDefault() != _limit.Limit) limits.Add(_limit.Limit);
        }
        End(100);

        Assert.Equal([8, 10, 12, 15, 16], limits);
        Assert.Equal(16, _limit.Limit);
    }

    [Fact]
    public void NobodyWaits_LimitDoesNotRise()
    {
        Fall();

        End(1000, isWaitedFor: false);

        Assert.Equal(8, _limit.Limit);
    }

    [Fact]
    public void StepBringsPushBack_IsTakenBack_AndTheNextComesLater()
    {
        Fall();
        var first = StepsUntilRaised();
        _limit.Lower(_now, _limit.PushedBack(_now, 9));
        Assert.Equal(8, _limit.Limit);

        Assert.InRange(StepsUntilRaised(), (first * 2) - 2, (first * 2) + 2);
    }

    private void Fall()
    {
        End(2);
        _limit.Lower(_now, _limit.PushedBack(_now, 15));
        Assert.Equal(8, _limit.Limit);
    }

    private int StepsUntilRaised()
    {
        var steps = 0;
        for (var from = _limit.Limit; _limit.Limit == from; steps++) End(1);
        return steps;
    }

    private void End(int calls, bool isWaitedFor = true)
    {
        for (; calls > 0; calls--)
        {
            _now += TimeSpan.FromMilliseconds(10);
            _limit.Ended(_now, new CallEnd(CallFate.Answered, 1, TimeSpan.FromMilliseconds(5)), 7, isWaitedFor);
        }
    }
}
