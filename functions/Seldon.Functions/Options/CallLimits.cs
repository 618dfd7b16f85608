namespace Seldon.Functions.Options;

/// <summary>Limits of the calls to an endpoint.</summary>
/// <param name="Timeout">Deadline of one call.</param>
/// <param name="MaxResponseBytes">The largest answer that is taken.</param>
public sealed record CallLimits(TimeSpan Timeout, int MaxResponseBytes)
{
    /// <summary>60 seconds, 64 MiB.</summary>
    public static CallLimits Default { get; } = new(TimeSpan.FromSeconds(60), 64 * 1024 * 1024);
}
