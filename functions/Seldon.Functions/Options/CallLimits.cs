namespace Seldon.Functions.Options;

/// <summary>Limits of the calls to an endpoint.</summary>
/// <param name="Timeout">Deadline of one call.</param>
/// <param name="MaxResponseBytes">The largest answer that is taken.</param>
public sealed record CallLimits(TimeSpan Timeout, int MaxResponseBytes);
