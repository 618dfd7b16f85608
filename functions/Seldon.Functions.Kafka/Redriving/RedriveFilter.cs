using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Redriving;

/// <summary>Which dead letters are chosen; what is left empty chooses all.</summary>
/// <param name="Reasons">Their reasons, as they are written on the wire.</param>
/// <param name="Routes">Their routes.</param>
/// <param name="Since">When they came to the error topic, at the earliest.</param>
/// <param name="Limit">How many are redriven at most.</param>
/// <param name="MaxRedrives">How often each may be redriven at most, the earlier times included.</param>
internal sealed record RedriveFilter(
    IReadOnlyCollection<string> Reasons, IReadOnlyCollection<string> Routes, DateTimeOffset? Since, int? Limit, int? MaxRedrives = null)
{
    public bool Chooses(Record letter, DeadLetterNote note) =>
        (Reasons.Count == 0 || Reasons.Contains(note.Reason))
        && (Routes.Count == 0 || Routes.Contains(note.Route))
        && (Since is not { } since || letter.Timestamp >= since.ToUnixTimeMilliseconds());
}
