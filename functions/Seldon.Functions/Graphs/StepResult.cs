using Seldon.Functions.Records;

namespace Seldon.Functions.Graphs;

/// <summary>What comes out of a part of a walk: the message as it is then, or the record's rejection.</summary>
internal readonly struct StepResult
{
    private StepResult(Record? message, Outcome failure) => (Message, Failure) = (message, failure);

    /// <summary>The record with the value and the entity headers of what was answered last; null if the record is rejected.</summary>
    public Record? Message { get; }

    /// <summary>The rejection; the zero value if there is none.</summary>
    public Outcome Failure { get; }

    public static StepResult On(Record message) => new(message, default);

    public static StepResult Failed(Outcome failure) => new(null, failure);
}
