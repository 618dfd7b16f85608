using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Inspection;

/// <summary>Kafka does not do what was asked of it; the message says why, for a person.</summary>
internal sealed class ClusterException(string message, Exception? cause) : Exception(message, cause)
{
    public static T Try<T>(KafkaOptions options, Func<T> question)
    {
        try
        {
            return question();
        }
        catch (KafkaException failure)
        {
            throw Of(options, failure);
        }
    }

    public static ClusterException Of(KafkaOptions options, KafkaException failure) =>
        new($"Kafka at {options.Broker}: {failure.Error.Reason} ({failure.Error.Code}). The command 'check' says more.", failure);
}
