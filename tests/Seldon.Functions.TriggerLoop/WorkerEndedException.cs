namespace Seldon.Functions.TriggerLoop;

/// <summary>The worker's process has ended before it answered.</summary>
public sealed class WorkerEndedException() : Exception("The worker has ended.");
