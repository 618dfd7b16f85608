namespace Seldon.Functions.KafkaTests;

/// <summary>Waits for conditions, never for a time.</summary>
internal static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Fails the test, and says what was waited for, if the condition does not come true in time.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? within = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(60);
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit) Assert.Fail($"Not within {limit.TotalSeconds:0} s: {what()}");
            await PauseAsync();
        }
    }

    public static Task TrueAsync(Func<bool> condition, Func<string> what, TimeSpan? within = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, within);

    /// <summary>Watches something for a while: fails as soon as it is no longer so.</summary>
    public static async Task StaysAsync(Func<bool> condition, string what, TimeSpan during)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < during)
        {
            Assert.True(condition(), $"No longer so: {what}");
            await PauseAsync();
        }
    }

    private static Task PauseAsync() => Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
}
