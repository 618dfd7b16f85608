namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Tests that take all processors for seconds: they run when no other does, which they would keep from its deadlines.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
