namespace Seldon.Functions.Demo;

/// <summary>What a run of the demo does.</summary>
/// <param name="Records">How many requests are sent.</param>
/// <param name="Rate">How many a second; null for all at once, before the processor starts. At a rate, all dead letters are redriven at the end.</param>
/// <param name="HasOutage">Whether the model server is stopped for a fifth of the time, in the middle.</param>
internal sealed record DemoPlan(int Records, int? Rate = null, bool HasOutage = false)
{
    /// <summary>How long the requests are sent; zero for all at once.</summary>
    public TimeSpan Length => Rate is { } rate ? TimeSpan.FromSeconds((double)Records / rate) : TimeSpan.Zero;
}
