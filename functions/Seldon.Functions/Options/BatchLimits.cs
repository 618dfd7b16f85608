namespace Seldon.Functions.Options;

/// <summary>How much records may share one call to a model.</summary>
/// <param name="MaxRows">The most rows of one call; 1 for no sharing.</param>
/// <param name="MaxBytes">The most bytes of their requests.</param>
public sealed record BatchLimits(int MaxRows, int MaxBytes)
{
    /// <summary>4 MiB: what gRPC servers take without being told otherwise.</summary>
    public const int DefaultMaxBytes = 4 * 1024 * 1024;

    /// <summary>Every record has a call of its own.</summary>
    public static BatchLimits Off { get; } = new(1, DefaultMaxBytes);
}
