using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>A record that was read: when, and the task that decides about it.</summary>
internal readonly record struct Read(Record Record, long At, Task<Outcome> Inference);

/// <summary>A record that was handed to the producer.</summary>
/// <param name="Read">The input record.</param>
/// <param name="Publication">What was made of it.</param>
/// <param name="Outcome">What the engine made of it.</param>
/// <param name="Delivery">What becomes of it.</param>
internal sealed record Sent(Read Read, ProducerRecord Publication, Outcome Outcome, Task<Delivery> Delivery)
{
    public Record Record => Read.Record;
}
