using Microsoft.Azure.Functions.Worker;

namespace Seldon.Functions.App;

/// <summary>
/// What leaves through the host's output bindings, which promise neither order nor delivery: nothing, unless <c>KAFKA_DELIVERY</c> is
/// <c>host</c>. Null publishes nothing; an empty array neither.
/// </summary>
public sealed class InferenceOutput
{
    /// <summary>Results in the binding's envelope.</summary>
    [KafkaOutput("%KAFKA_BROKER%", "%KAFKA_OUTPUT_TOPIC%", EnableIdempotence = true)]
    public string[]? Results { get; init; }

    /// <summary>Dead letters: never, since they must not be lost. The binding is here for the error topic to be seen beside the others.</summary>
    [KafkaOutput("%KAFKA_BROKER%", "%KAFKA_ERROR_TOPIC%", EnableIdempotence = true)]
    public string[]? DeadLetters { get; init; }
}
