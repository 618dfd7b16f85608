using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Seldon.Functions.Tests;

/// <summary>The gate alone, with a scripted probe and a clock that only the test moves.</summary>
public sealed class GateTests : IAsyncDisposable
{
    private readonly CountingClock _clock = new();
    private readonly CapturedLogs _logs = new();
    private readonly Gate _gate;
    private readonly List<TimeSpan> _probes = [];
    private int _probing;
    private int _mostProbing;
    private volatile string? _notReady = "is not ready";
    private Func<CancellationToken, Task> _probe = _ => Task.CompletedTask;

    public GateTests()
    {
        var start = _clock.GetTimestamp();
        _gate = new Gate("the endpoint", ProbeAsync, _clock, _logs);

        async Task<string?> ProbeAsync(CancellationToken cancellationToken)
        {
            _mostProbing = Math.Max(_mostProbing, Interlocked.Increment(ref _probing));
            lock (_probes) _probes.Add(_clock.GetElapsedTime(start));
            await _probe(cancellationToken);
            Interlocked.Decrement(ref _probing);
            return _notReady;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int ProbeCount
    {
        get
        {
            lock (_probes) return _probes.Count;
        }
    }

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Open_NobodyWaitsAndNobodyAsks()
    {
        Assert.Equal(0, await _gate.EnterAsync(Token));

        Assert.False(_gate.IsClosed);
        await Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, ProbeCount);
    }

    [Fact]
    public async Task ClosedByManyAtOnce_ThereIsOneProberAndOneLine_AndAllWaitUntilItOpens()
    {
        var pass = await _gate.EnterAsync(Token);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => _gate.Close(pass, Fault.Outage, "is out", null), Token)));
        var waiting = Enumerable.Range(0, 50).Select(_ => _gate.EnterAsync(Token).AsTask()).ToList();

        await Until.True(() => ProbeCount >= 5, _clock);
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        Assert.True(_gate.IsClosed);
        _notReady = null;
        await Until.True(() => waiting.All(w => w.IsCompleted), _clock);

        var passes = await Task.WhenAll(waiting);
        Assert.All(passes, p => Assert.Equal(pass + 1, p));
        Assert.False(_gate.IsClosed);
        Assert.Equal(1, _mostProbing);
        Assert.Single(_logs.At(LogLevel.Warning), l => l.Contains("Holding: the endpoint is out", StringComparison.Ordinal));
        Assert.Single(_logs.At(LogLevel.Information), l => l.StartsWith("Resuming: the endpoint", StringComparison.Ordinal));

        var probes = ProbeCount;
        await Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(probes, ProbeCount);
    }

    [Fact]
    public async Task WrongSetUp_IsSaidAsAnError()
    {
        _gate.Close(0, Fault.Configuration, "answered 404", null);

        await Until.True(() => _logs.Has("answered 404", LogLevel.Error));
    }

    [Fact]
    public async Task StaysOut_IsAskedMoreAndMoreSeldom_ButAtLeastEveryFourSeconds_AndSaysSoEveryHalfMinute()
    {
        _gate.Close(0, Fault.Outage, "is out", null);
        var step = TimeSpan.FromMilliseconds(10);
        for (var i = 0; i < 12_000; i++) await Tick(step);

        var waits = _probes.Zip(_probes.Skip(1), (a, b) => b - a).Prepend(_probes[0]).ToList();
        for (var n = 0; n < waits.Count; n++)
        {
            var full = Math.Min(100 * Math.Pow(2, n), 4_000);
            Assert.InRange(waits[n].TotalMilliseconds, full / 2, full + (2 * step.TotalMilliseconds));
        }
        Assert.InRange(waits.Count, 30, 70);
        Assert.InRange(_logs.At(LogLevel.Warning).Count(l => l.StartsWith("Still holding", StringComparison.Ordinal)), 2, 4);
    }

    [Theory, InlineData(20, 20), InlineData(3600, 60), InlineData(-5, 0)]
    public async Task RetryAfter_IsHonouredUpToAMinute_AndOnlyOnce(int asked, int waited)
    {
        _gate.Close(0, Fault.Outage, "answered 503", TimeSpan.FromSeconds(asked));

        var step = TimeSpan.FromMilliseconds(50);
        while (ProbeCount < 3) await Tick(step);

        Assert.InRange(_probes[0].TotalSeconds, waited, waited + 0.2);
        Assert.InRange((_probes[2] - _probes[0]).TotalSeconds, 0.2, 1);
    }

    [Fact]
    public async Task OpenedWithoutASuccessSince_TheNextOutageGoesOnWithLongerWaits_AndAfterASuccessWithShortOnes()
    {
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 50, 110);
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 100, 210);
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 200, 410);
        _gate.Succeeded();
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 50, 110);

        async Task<TimeSpan> CloseAndReopen()
        {
            _notReady = null;
            var (start, pass) = (_clock.GetTimestamp(), await _gate.EnterAsync(Token));
            _gate.Close(pass, Fault.Outage, "is out", null);
            while (_gate.IsClosed) await Tick(TimeSpan.FromMilliseconds(10));
            return _clock.GetElapsedTime(start);
        }
    }

    [Fact]
    public async Task ClosedTime_GrowsWhileTheGateIsClosed_AndStandsStillWhileItIsOpen()
    {
        await Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, _gate.ClosedTime);
        _gate.Close(0, Fault.Outage, "is out", null);
        await Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), _gate.ClosedTime);

        _notReady = null;
        while (_gate.IsClosed) await Tick(TimeSpan.FromMilliseconds(10));
        var first = _gate.ClosedTime;
        Assert.InRange(first.TotalSeconds, 5, 20);
        await Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(first, _gate.ClosedTime);

        _notReady = "is out again";
        _gate.Close(await _gate.EnterAsync(Token), Fault.Outage, "is out again", null);
        await Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(first + TimeSpan.FromSeconds(3), _gate.ClosedTime);
    }

    [Fact]
    public async Task FailureOfACallFromBeforeTheReopening_DoesNotCloseItAgain()
    {
        var before = await _gate.EnterAsync(Token);
        _gate.Close(before, Fault.Outage, "is out", null);
        _notReady = null;
        await Until.True(() => !_gate.IsClosed, _clock);

        _gate.Close(before, Fault.Outage, "was out", null);
        Assert.False(_gate.IsClosed);

        _gate.Close(await _gate.EnterAsync(Token), Fault.Outage, "is out again", null);
        Assert.True(_gate.IsClosed);
    }

    [Fact]
    public async Task CancelledWhileWaiting_ThatCallerLeavesAndTheOthersWaitOn()
    {
        using var cancel = new CancellationTokenSource();
        _gate.Close(0, Fault.Outage, "is out", null);
        var (leaving, staying) = (_gate.EnterAsync(cancel.Token).AsTask(), _gate.EnterAsync(Token).AsTask());

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(staying.IsCompleted);
        _notReady = null;
        await Until.True(() => staying.IsCompleted, _clock);
        Assert.Equal(1, await staying);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Disposed_TheProberEnds_WhetherItWaitsOrAsks(bool asking)
    {
        if (asking) _probe = token => new TaskCompletionSource().Task.WaitAsync(token);
        _gate.Close(0, Fault.Outage, "is out", null);
        await Until.True(() => asking ? ProbeCount == 1 : _clock.Timers == 1, asking ? _clock : null);

        await _gate.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);

        var probes = ProbeCount;
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((probes, asking ? 1 : 0), (ProbeCount, probes));
    }

    [Fact]
    public async Task ProbeThrows_TheGateGoesOnAsking()
    {
        var thrown = 0;
        _probe = _ => thrown++ == 0 ? throw new InvalidOperationException("secret") : Task.CompletedTask;
        _notReady = null;
        _gate.Close(0, Fault.Outage, "is out", null);

        await Until.True(() => !_gate.IsClosed, _clock);
        Assert.Equal(2, ProbeCount);
    }

    private async Task Advance(TimeSpan time)
    {
        for (var i = 0; i < 100; i++) await Tick(time / 100);
    }

    /// <summary>Moves the clock, and returns when the gate waits for it again or is open.</summary>
    private async Task Tick(TimeSpan time)
    {
        await Settled();
        _clock.Advance(time);
        await Settled();
    }

    // Each probe has one timer before it. Nothing else in here makes any.
    private async Task Settled()
    {
        while (_gate.IsClosed && _clock.Timers != ProbeCount + 1) await Task.Yield();
    }

    private sealed class CountingClock : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}
