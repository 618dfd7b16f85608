namespace Seldon.Functions;

/// <summary>Whose fault it is that a call brought no answer. It decides what happens to the record.</summary>
internal enum Fault : byte
{
    /// <summary>None: the model answered.</summary>
    None,

    /// <summary>The record's: dead letter, no retry.</summary>
    Record,

    /// <summary>The server's or the network's: hold until it is ready again.</summary>
    Outage,

    /// <summary>The set-up's: hold, and say so as an error, until somebody has mended it.</summary>
    Configuration,

    /// <summary>It cannot be told from the status: try again; see <see cref="ModelEndpoint"/>.</summary>
    Ambiguous,
}
