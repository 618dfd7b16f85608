using Microsoft.Azure.Functions.Worker;

namespace Seldon.Functions.TriggerLoop;

/// <summary>One run of the function.</summary>
/// <param name="Records">The batch.</param>
/// <param name="Attempt">0, and one more each time that the batch is run again.</param>
/// <param name="HasSucceeded">Null while it runs.</param>
public sealed record Invocation(KafkaRecord[] Records, int Attempt, bool? HasSucceeded = null)
{
    /// <summary>Partition and offset of every record, such as <c>0/17 1/4</c>.</summary>
    public override string ToString() => string.Join(' ', Records.Select(r => $"{r.Partition}/{r.Offset}"));
}
