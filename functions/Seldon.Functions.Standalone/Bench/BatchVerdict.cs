namespace Seldon.Functions.Standalone.Bench;

/// <summary>Whether requests to this model may share a call.</summary>
/// <param name="MayMerge">Whether they may.</param>
/// <param name="Text">What was found, and how; one sentence or two for a person.</param>
internal sealed record BatchVerdict(bool MayMerge, string Text);
