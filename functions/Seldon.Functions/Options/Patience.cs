namespace Seldon.Functions.Options;

/// <summary>For how long an endpoint is trusted and a record retried.</summary>
/// <param name="GiveUpAfter">For how long a record that is pushed back is retried at least.</param>
/// <param name="TrustReadiness">After this long without a break in readiness, a record is rejected without further proof; null for never.</param>
public sealed record Patience(TimeSpan GiveUpAfter, TimeSpan? TrustReadiness)
{
    /// <summary>60 seconds, 10 minutes.</summary>
    public static Patience Default { get; } = new(TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(10));
}
