namespace Seldon.Functions.Demo.Model;

/// <summary>What a prediction costs one processor, on which all predictions wait for each other: as much for each call, and for each row of it.</summary>
/// <param name="PerCall">For a call, however many rows it has.</param>
/// <param name="PerRow">For each of its rows.</param>
internal readonly record struct ModelCost(TimeSpan PerCall, TimeSpan PerRow);
