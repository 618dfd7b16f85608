namespace Seldon.Functions.Kafka;

/// <summary>
/// Asks Kafka one question at a time. One that is not answered in time stays open, and none is asked until it has ended: with requests
/// whose time was over librdkafka 2.16 crashed when a broker that had been silent answered after all.
/// </summary>
internal sealed class AdminQuestion<T>(TimeSpan patience, TimeProvider time)
{
    private Task<T>? _open;

    /// <summary>The answer to this question, or to the one that is still open.</summary>
    /// <exception cref="TimeoutException">There is no answer yet.</exception>
    public async Task<T> AskAsync(Func<Task<T>> ask, CancellationToken stop)
    {
        var open = _open ??= ask();
        try
        {
            return await open.WaitAsync(patience, time, stop).ConfigureAwait(false);
        }
        finally
        {
            if (open.IsCompleted) _open = null;
        }
    }
}

/// <summary>What all questions have in common.</summary>
internal static class AdminQuestions
{
    /// <summary>The longest time that the client knows. Who asks waits less.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);
}
