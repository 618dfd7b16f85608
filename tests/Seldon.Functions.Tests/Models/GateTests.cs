using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Models;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models;

/// <summary>The gate alone, with a scripted probe and a clock that only the test moves.</summary>
public sealed class GateTests : IAsyncDisposable
{
    private readonly CountingClock _clock = new();
    private readonly CapturedLogs _logs = new();
    private readonly Gate _gate;
    private readonly List<TimeSpan> _probes = [];
    private int _asked;
    private int _probing;
    private int _mostProbing;
    private volatile string? _notReady = "is not ready";
    private Func<CancellationToken, Task> _probe = _ => Task.CompletedTask;

    public GateTests()
    {
        var start = _clock.GetTimestamp();
        _gate = new Gate("the endpoint", ProbeAsync, _clock, _logs);

        async Task<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken)
        {
            _mostProbing = Math.Max(_mostProbing, Interlocked.Increment(ref _probing));
            lock (_probes) _probes.Add(_clock.GetElapsedTime(start));
            await _probe(cancellationToken);
            Interlocked.Decrement(ref _probing);
            return _notReady is { } why ? Readiness.No(why) : Readiness.Ready;
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
        await _gate.EnterAsync(Token);

        Assert.False(_gate.IsClosed);
        await Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, ProbeCount);
    }

    [Fact]
    public async Task AskedByManyAtOnce_TheyShareOneQuestion_AndAllWaitUntilItOpens()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => _gate.AskAsync(null, Token), Token)));
        Assert.All(answers, a => Assert.False(a.IsOpen));
        Assert.InRange(ProbeCount, 1, 3);
        var waiting = Enumerable.Range(0, 50).Select(_ => _gate.EnterAsync(Token).AsTask()).ToList();

        await Until.True(() => ProbeCount >= 8, _clock);
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        Assert.True(_gate.IsClosed);
        _notReady = null;
        await Until.True(() => waiting.All(w => w.IsCompleted), _clock);

        Assert.False(_gate.IsClosed);
        Assert.Equal(1, _mostProbing);
        Assert.Single(_logs.At(LogLevel.Warning), l => l.Contains("Holding: the endpoint is not ready", StringComparison.Ordinal));
        Assert.Single(_logs.At(LogLevel.Information), l => l.StartsWith("Resuming: the endpoint", StringComparison.Ordinal));

        var probes = ProbeCount;
        await Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(probes, ProbeCount);
    }

    [Fact]
    public async Task AskedWhileAQuestionIsUnderWay_TheAnswerIsToALaterOne()
    {
        _notReady = null;
        var release = new TaskCompletionSource();
        _probe = _ => release.Task;
        var first = _gate.AskAsync(null, Token);
        await Until.True(() => ProbeCount == 1);

        var second = _gate.AskAsync(null, Token);
        var third = _gate.AskAsync(null, Token);
        Assert.False(second.IsCompleted);
        release.SetResult();

        await Task.WhenAll(first, second, third);
        Assert.Equal(2, ProbeCount);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task QuestionGoesUnanswered_IsAskedAgainAtOnceOverAFreshConnection(bool answersThen)
    {
        var asked = new List<bool>();
        await using var gate = new Gate("the endpoint", (fresh, _) =>
        {
            lock (asked) asked.Add(fresh);
            return Task.FromResult(fresh && answersThen ? Readiness.Ready : Readiness.Unanswered("broke the connection"));
        }, _clock, _logs);

        var answer = await gate.AskAsync(null, Token);

        Assert.Equal([false, true], asked);
        Assert.Equal((answersThen, !answersThen), (answer.IsOpen, gate.IsClosed));
    }

    [Fact]
    public async Task SaysYesNoYes_ReadyForIsSinceTheLastNo()
    {
        _notReady = null;
        await AskAsync();
        await Advance(TimeSpan.FromMinutes(1));
        await AskAsync();
        Assert.Equal(TimeSpan.FromMinutes(1), _gate.ReadyFor);

        _notReady = "is not ready";
        await AskAsync();
        Assert.Equal(TimeSpan.Zero, _gate.ReadyFor);
        _notReady = null;
        while (_gate.IsClosed) await Tick(TimeSpan.FromMilliseconds(10));
        Assert.Equal(TimeSpan.Zero, _gate.ReadyFor);
        await Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), _gate.ReadyFor);
    }

    [Fact]
    public async Task StaysOut_IsAskedEveryFourSecondsAtLeast_AndLoggedEveryHalfMinute()
    {
        await CloseAsync();
        var step = TimeSpan.FromMilliseconds(10);
        for (var i = 0; i < 12_000; i++) await Tick(step);

        var waits = _probes.Zip(_probes.Skip(1), (a, b) => b - a).ToList();
        for (var n = 0; n < waits.Count; n++)
        {
            var full = Math.Min(100 * Math.Pow(2, n), 4_000);
            Assert.InRange(waits[n].TotalMilliseconds, full / 2, full + (2 * step.TotalMilliseconds));
        }
        Assert.InRange(waits.Count, 30, 70);
        Assert.InRange(_logs.At(LogLevel.Warning).Count(l => l.StartsWith("Still holding", StringComparison.Ordinal)), 2, 4);
    }

    [Theory, InlineData(20, 20), InlineData(60, 60), InlineData(-5, 0)]
    public async Task RetryAfter_IsHonouredOnce(int asked, int waited)
    {
        await AskAsync(TimeSpan.FromSeconds(asked));
        Assert.True(_gate.IsClosed);

        var step = TimeSpan.FromMilliseconds(50);
        while (ProbeCount < 4) await Tick(step);

        Assert.InRange((_probes[1] - _probes[0]).TotalSeconds, waited, waited + 0.2);
        Assert.InRange((_probes[3] - _probes[1]).TotalSeconds, 0.2, 1);
    }

    [Fact]
    public async Task Flaps_IsOneOutageWithLongerWaits_UntilACallIsAnswered()
    {
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 50, 110);
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 100, 210);
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 200, 410);
        Assert.Single(_logs.Lines, l => l.Text.StartsWith("Holding", StringComparison.Ordinal));
        Assert.Single(_logs.Lines, l => l.Text.StartsWith("Resuming", StringComparison.Ordinal));
        _gate.Succeeded();
        Assert.InRange((await CloseAndReopen()).TotalMilliseconds, 50, 110);
        Assert.Equal(2, _logs.Lines.Count(l => l.Text.StartsWith("Holding", StringComparison.Ordinal)));

        async Task<TimeSpan> CloseAndReopen()
        {
            await CloseAsync();
            _notReady = null;
            var start = _clock.GetTimestamp();
            while (_gate.IsClosed) await Tick(TimeSpan.FromMilliseconds(10));
            return _clock.GetElapsedTime(start);
        }
    }

    [Fact]
    public async Task ClosedTime_GrowsWhileTheGateIsClosed_AndStandsStillWhileItIsOpen()
    {
        await Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, _gate.ClosedTime);
        await CloseAsync();
        await Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), _gate.ClosedTime);

        _notReady = null;
        while (_gate.IsClosed) await Tick(TimeSpan.FromMilliseconds(10));
        var first = _gate.ClosedTime;
        Assert.InRange(first.TotalSeconds, 5, 20);
        await Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(first, _gate.ClosedTime);

        await CloseAsync();
        await Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(first + TimeSpan.FromSeconds(3), _gate.ClosedTime);
    }

    [Fact]
    public async Task CancelledWhileWaiting_ThatCallerLeavesAndTheOthersWaitOn()
    {
        using var cancel = new CancellationTokenSource();
        await CloseAsync();
        var (leaving, staying) = (_gate.EnterAsync(cancel.Token).AsTask(), _gate.EnterAsync(Token).AsTask());

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(staying.IsCompleted);
        _notReady = null;
        await Until.True(() => staying.IsCompleted, _clock);
        await staying;
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Disposed_TheProberEnds_WhetherItWaitsOrAsks(bool asking)
    {
        await CloseAsync();
        if (asking) _probe = token => new TaskCompletionSource().Task.WaitAsync(token);
        await Until.True(() => asking ? ProbeCount == 2 : _clock.Timers == 1, asking ? _clock : null);

        await _gate.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);

        var probes = ProbeCount;
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((probes, asking ? 2 : 1), (ProbeCount, probes));
    }

    [Fact]
    public async Task ProbeThrows_CountsAsNotReady_AndTheGateGoesOnAsking()
    {
        var thrown = 0;
        _probe = _ => thrown++ == 0 ? throw new InvalidOperationException("secret") : Task.CompletedTask;
        _notReady = null;
        Assert.False((await AskAsync()).IsOpen);

        await Until.True(() => !_gate.IsClosed, _clock);
        Assert.Equal(2, ProbeCount);
        Assert.DoesNotContain(_logs.Lines, l => l.Text.Contains("secret", StringComparison.Ordinal));
    }

    /// <summary>The endpoint says that it is not ready, and goes on saying so.</summary>
    private async Task CloseAsync()
    {
        _notReady = "is not ready";
        Assert.False((await AskAsync()).IsOpen);
        Assert.True(_gate.IsClosed);
    }

    private Task<Readiness> AskAsync(TimeSpan? retryAfter = null)
    {
        _asked++;
        return _gate.AskAsync(retryAfter, Token);
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

    // Each of the prober's questions has one timer before it; those that the test asks have none. Nothing else in here makes any.
    private Task Settled() => Until.True(() => !_gate.IsClosed || _clock.Timers == ProbeCount - _asked + 1);

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
