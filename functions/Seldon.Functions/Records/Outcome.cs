using System.Diagnostics;

namespace Seldon.Functions.Records;

/// <summary>What became of a record.</summary>
public enum OutcomeKind : byte
{
    /// <summary>Not decided: it was cancelled before. The record must not be committed.</summary>
    Unprocessed,

    /// <summary>The model answered; the answer belongs on the results topic.</summary>
    Answered,

    /// <summary>The record is at fault; it belongs on the error topic, with its reason.</summary>
    Rejected,
}

/// <summary>
/// What the engine made of a record. An outage never becomes an outcome: the endpoint's gate waits for its end.
/// </summary>
public readonly struct Outcome
{
    private Outcome(OutcomeKind kind, Answer? answer, Rejection? rejection) =>
        (Kind, Answer, Rejection) = (kind, answer, rejection);

    /// <summary>Which of the three it is. The zero value is <see cref="OutcomeKind.Unprocessed"/>.</summary>
    public OutcomeKind Kind { get; }

    /// <summary>The model's answer; not null when <see cref="Kind"/> is <see cref="OutcomeKind.Answered"/>.</summary>
    public Answer? Answer { get; }

    /// <summary>Why not; not null when <see cref="Kind"/> is <see cref="OutcomeKind.Rejected"/>.</summary>
    public Rejection? Rejection { get; }

    /// <summary>The name of the route that the record took; empty where none was found.</summary>
    public string Route => Answer?.Route ?? Rejection?.Route ?? "";

    /// <summary>The span in which it was decided; null when nobody listens.</summary>
    internal Activity? Activity { get; init; }

    /// <summary>The outcome of a record that the model answered.</summary>
    public static Outcome Answered(Answer answer) => new(OutcomeKind.Answered, answer, null);

    /// <summary>The outcome of a record that is itself at fault.</summary>
    public static Outcome Rejected(Rejection rejection) => new(OutcomeKind.Rejected, null, rejection);
}

/// <summary>A model's answer.</summary>
/// <param name="Route">The route's name.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Value">The response's body, byte for byte.</param>
/// <param name="EntityHeaders">The headers that describe the body: its type, its coding.</param>
public sealed record Answer(string Route, string Model, byte[] Value, IReadOnlyList<Header> EntityHeaders);

/// <summary>Why a record cannot be answered.</summary>
/// <param name="Reason">The reason, from a closed list.</param>
/// <param name="Message">One sentence for a person; never a part of the payload.</param>
/// <param name="Route">The route's name; empty where none was found.</param>
/// <param name="Status">The server's last status, such as <c>400</c> or <c>INVALID_ARGUMENT</c>; empty if none was asked.</param>
/// <param name="Attempts">How many calls reached the model.</param>
public sealed record Rejection(RejectionReason Reason, string Message, string Route = "", string Status = "", int Attempts = 0)
{
    /// <summary>The first kilobyte of what the server itself said; empty if nothing. It may repeat the payload, so it is for the dead letter only.</summary>
    internal string ServerWords { get; init; } = "";
}
