namespace Seldon.Functions;

/// <summary>Exponential backoff with jitter: the n-th wait is between half and all of first · 2ⁿ, at most the longest.</summary>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    public TimeSpan Delay(int n)
    {
        var full = Math.Min(First.TotalMilliseconds * Math.Pow(2, Math.Min(n, 30)), Longest.TotalMilliseconds);
#pragma warning disable CA5394 // Jitter need not be unpredictable.
        return TimeSpan.FromMilliseconds(full * (0.5 + Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394
    }
}
