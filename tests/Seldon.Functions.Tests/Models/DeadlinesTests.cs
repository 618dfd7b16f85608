using Seldon.Functions.Models;

namespace Seldon.Functions.Tests.Models;

/// <summary>Deadlines that are used again: each call has its own all the same.</summary>
public class DeadlinesTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task DeadlineThatWasNotReached_ServesTheNextCallInFull()
    {
        using var deadlines = new Deadlines(Timeout, TimeProvider.System);
        var unused = deadlines.Start(CancellationToken.None);
        var first = unused.Token;
        unused.Dispose();

        var start = TimeProvider.System.GetTimestamp();
        using var second = deadlines.Start(CancellationToken.None);
        Assert.Equal(first, second.Token);
        await Until.True(() => second.Token.IsCancellationRequested);

        // Timers are coarse.
        Assert.True(TimeProvider.System.GetElapsedTime(start) > Timeout * 0.9);
    }

    [Fact]
    public void CallerThatGivesUp_EndsItsOwnCallAndNoLaterOne()
    {
        using var deadlines = new Deadlines(TimeSpan.FromHours(1), TimeProvider.System);
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();

        var first = deadlines.Start(late.Token);
        first.Dispose();
        var second = deadlines.Start(early.Token);
        Assert.Equal(first.Token, second.Token);
        late.Cancel();
        Assert.False(second.Token.IsCancellationRequested);
        early.Cancel();
        Assert.True(second.Token.IsCancellationRequested);
        second.Dispose();

        using var third = deadlines.Start(CancellationToken.None);
        Assert.False(third.Token.IsCancellationRequested);
        using var fourth = deadlines.Start(early.Token);
        Assert.True(fourth.Token.IsCancellationRequested);
    }

    [Fact]
    public void Deadline_IsOfTheClockThatIsGiven()
    {
        var clock = EngineUnderTest.StandingClock();
        using var deadlines = new Deadlines(Timeout, clock);
        for (var i = 0; i < 3; i++)
        {
            using var deadline = deadlines.Start(CancellationToken.None);
            clock.Advance(Timeout * 0.9);
            Assert.False(deadline.Token.IsCancellationRequested);
            if (i == 0) continue;
            clock.Advance(Timeout * 0.1);
            Assert.True(deadline.Token.IsCancellationRequested);
        }
    }
}
