using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Testing;

/// <summary>Waits for a condition, for as long as a test may reasonably take and no longer.</summary>
internal static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    /// <summary>Against a genuine broker, which has other work than the tests.</summary>
    private static readonly TimeSpan LongDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongTurn = TimeSpan.FromMilliseconds(50);

    /// <summary>How far a fake clock goes forward in one turn: some hundred times as fast as the real one.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns when the condition holds; fails the test with its text when it does not in time.</summary>
    /// <param name="clock">A fake clock to move forward meanwhile.</param>
    public static async Task True(
        Func<bool> condition, FakeTimeProvider? clock = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline) Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}");
            clock?.Advance(Step);
            await Task.Delay(Turn, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Returns when the condition holds; fails the test with what was waited for when it does not in time.</summary>
    /// <param name="what">Said when it fails.</param>
    /// <param name="within">A minute, if not given.</param>
    public static async Task True(Func<Task<bool>> condition, Func<string> what, TimeSpan? within = null)
    {
        var limit = within ?? LongDeadline;
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit) Assert.Fail($"Not within {limit.TotalSeconds:0} s: {what()}");
            await Task.Delay(LongTurn, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, Func{string}, TimeSpan?)"/>
    public static Task True(Func<bool> condition, Func<string> what, TimeSpan? within = null) => True(() => Task.FromResult(condition()), what, within);

    /// <summary>Watches a condition for a while; fails as soon as it no longer holds.</summary>
    public static async Task StaysAsync(Func<bool> condition, string what, TimeSpan during)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < during)
        {
            Assert.True(condition(), $"No longer so: {what}");
            await Task.Delay(LongTurn, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The outcome, once it is decided.</summary>
    public static async Task<Outcome> Decided(Task<Outcome> outcome, FakeTimeProvider? clock = null) => (await Decided([outcome], clock))[0];

    /// <summary>The outcomes, once all are decided.</summary>
    public static async Task<Outcome[]> Decided(IReadOnlyCollection<Task<Outcome>> outcomes, FakeTimeProvider? clock = null)
    {
        var decided = Task.WhenAll(outcomes);
        // Without a clock to move forward, nothing is done in turns: most outcomes are there sooner than the first turn ends.
        if (clock is null) return await decided.WaitAsync(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);
        await True(() => decided.IsCompleted, clock);
        return await decided;
    }
}
