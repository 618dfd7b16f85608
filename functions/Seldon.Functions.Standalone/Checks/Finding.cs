namespace Seldon.Functions.Standalone.Checks;

/// <summary>How good or bad a finding is.</summary>
internal enum Level
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but perhaps not as expected; or it cannot be asked.</summary>
    Warning,

    /// <summary>It will not work.</summary>
    Failure,
}

/// <summary>One line of a check.</summary>
/// <param name="Level">How good or bad it is.</param>
/// <param name="Subject">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do; null where nothing has to be done, or where the text says it.</param>
internal sealed record Finding(Level Level, string Subject, string Text, string? Fix = null)
{
    public static Finding Ok(string subject, string text) => new(Level.Ok, subject, text);

    public static Finding Warning(string subject, string text, string? fix = null) => new(Level.Warning, subject, text, fix);

    public static Finding Failure(string subject, string text, string? fix = null) => new(Level.Failure, subject, text, fix);
}
