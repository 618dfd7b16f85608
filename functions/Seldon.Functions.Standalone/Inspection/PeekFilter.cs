using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Inspection;

/// <summary>Which records are shown; what is left empty chooses all.</summary>
/// <param name="Reasons">Of dead letters, their reasons as they are written on the wire.</param>
/// <param name="Key">Their key, as text.</param>
/// <param name="Since">When they were written, at the earliest.</param>
internal sealed record PeekFilter(IReadOnlyCollection<string> Reasons, string? Key, DateTimeOffset? Since)
{
    public bool Chooses(Record record) =>
        (Reasons.Count == 0 || (DeadLetterNote.Read(record) is { } note && Reasons.Contains(note.Reason)))
        && (Key is null || (record.Key is { } key && key.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Key))))
        && (Since is not { } since || record.Timestamp >= since.ToUnixTimeMilliseconds());
}
