namespace Seldon.Functions.Standalone.Commands;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    /// <summary>Everything went well, or the process was asked to stop and did.</summary>
    public const int Success = 0;

    /// <summary>A defect, or a demo whose figures do not add up.</summary>
    public const int Failure = 1;

    /// <summary>Wrong settings or a wrong command line; nothing was started.</summary>
    public const int Usage = 2;
}
