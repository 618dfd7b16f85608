using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>What must become of a generated record.</summary>
internal enum Fate
{
    /// <summary>Nobody knows, but it must be one of the two.</summary>
    Either,

    /// <summary>It is sent to the model, whose script decides.</summary>
    Sent,

    /// <summary>It is rejected unsent, with the reason.</summary>
    Rejected,
}

/// <summary>A generated record, and what must become of it.</summary>
/// <param name="Record">The record.</param>
/// <param name="Kind">How it was made.</param>
/// <param name="Fate">What must become of it.</param>
/// <param name="Reason">The reason, if it is rejected.</param>
internal readonly record struct FuzzedRecord(Record Record, string Kind, Fate Fate, RejectionReason? Reason = null);
