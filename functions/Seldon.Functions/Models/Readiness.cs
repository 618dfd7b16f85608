namespace Seldon.Functions.Models;

/// <summary>What a server said to its protocol's readiness call.</summary>
internal enum ReadinessKind : byte
{
    /// <summary>The model is not ready, or the server is not there.</summary>
    NotReady,

    /// <summary>The connection broke, or no answer came in time. It may have been the connection's fault: ask again over a fresh one.</summary>
    Unanswered,

    /// <summary>A server is there, but it has no such path. Calls may be sent; nothing else follows from it.</summary>
    Unknown,

    /// <summary>The model is ready, or the server is there and the protocol has no better readiness call.</summary>
    Ready,
}

/// <summary>The answer to a readiness call.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Why">Why the model is not ready, to follow "the endpoint"; empty if it is.</param>
internal readonly record struct Readiness(ReadinessKind Kind, string Why)
{
    public static Readiness Ready => new(ReadinessKind.Ready, "");

    public static Readiness Unknown => new(ReadinessKind.Unknown, "");

    /// <summary>Whether calls may be sent.</summary>
    public bool IsOpen => Kind >= ReadinessKind.Unknown;

    public static Readiness No(string why) => new(ReadinessKind.NotReady, why);

    public static Readiness Unanswered(string why) => new(ReadinessKind.Unanswered, why);
}
