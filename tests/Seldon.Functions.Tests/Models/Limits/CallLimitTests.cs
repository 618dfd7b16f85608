using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Models.Limits;

namespace Seldon.Functions.Tests.Models.Limits;

/// <summary>The places for calls, and who gets the next one.</summary>
public sealed class CallLimitTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CallLimit _limit;

    public CallLimitTests() => _limit = new CallLimit(new FixedLimit(2), _time);

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task PlacesAreTaken_NextGetsTheFirstThatBecomesFree()
    {
        var (first, second, third) = (Enter(), Enter(), Enter());
        Assert.Equal((true, true, false), (first.IsCompleted, second.IsCompleted, third.IsCompleted));
        Assert.False(_limit.IsFree);

        _limit.Exit(default);

        await third;
        Assert.False(_limit.IsFree);
        _limit.Exit(default);
        Assert.True(_limit.IsFree);
    }

    [Fact]
    public async Task RecordThatIsCalledForAgain_ComesBeforeTheOthers()
    {
        await Enter();
        await Enter();
        var (another, again) = (Enter(), Enter(again: true));

        _limit.Exit(default);

        await again;
        Assert.False(another.IsCompleted);
    }

    [Fact]
    public async Task RecordThatWaitsIsCancelled_ItsPlaceGoesToTheNext()
    {
        await Enter();
        await Enter();
        using var cancelled = new CancellationTokenSource();
        var (gone, next) = (_limit.EnterAsync(false, cancelled.Token).AsTask(), Enter());

        await cancelled.CancelAsync();
        _limit.Exit(default);

        await next;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
    }

    [Fact]
    public async Task CallThatGoesAlone_WaitsForTheOthers_AndKeepsThemWaiting()
    {
        await Enter();
        var alone = _limit.EnterAloneAsync(CancellationToken.None).AsTask();
        var next = Enter();
        Assert.Equal((false, false), (alone.IsCompleted, next.IsCompleted));

        _limit.Exit(default);
        await alone;
        Assert.False(next.IsCompleted);

        _limit.ExitAlone();
        await next;
    }

    [Fact]
    public async Task CallThatGoesAlone_KeepsOthersForASecondAtMost()
    {
        await Enter();
        var alone = _limit.EnterAloneAsync(CancellationToken.None).AsTask();
        var next = Enter();

        _time.Advance(TimeSpan.FromSeconds(1));

        await alone;
        await next;
    }

    [Fact]
    public async Task RecordsWaitAndAllCallsAreStuck_MoreMayGo()
    {
        using var limit = new CallLimit(new AdaptiveLimit(), _time);
        await limit.EnterAsync(false, CancellationToken.None);
        limit.Exit(new CallEnd(CallFate.Answered, 1, TimeSpan.FromMilliseconds(2)));
        for (var i = 0; i < 16; i++) await limit.EnterAsync(false, CancellationToken.None);
        var next = limit.EnterAsync(false, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));

        await next;
        Assert.Equal(32, limit.Kept);
    }

    private Task Enter(bool again = false) => _limit.EnterAsync(again, CancellationToken.None).AsTask();
}
