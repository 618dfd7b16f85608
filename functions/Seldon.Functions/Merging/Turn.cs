using Seldon.Functions.Records;

namespace Seldon.Functions.Merging;

/// <summary>What has come of waiting for a call. The zero value: the record calls on its own, once it has found a place.</summary>
/// <param name="Answer">The answer of a call that the record shared; null if it must call on its own.</param>
/// <param name="HasPlace">Whether it has a place for its call.</param>
/// <param name="Group">The records with which its first calls failed; null if it was never with others.</param>
internal readonly record struct Turn(Answer? Answer, bool HasPlace, MergeGroup? Group);
