using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>What librdkafka says against the properties that are set. Connects to nothing.</summary>
internal static class ClientCheck
{
    public static IEnumerable<string> Consumer(KafkaOptions options) => Try("Seldon:Kafka:Consumer", () =>
        new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build());

    public static IEnumerable<string> Producer(KafkaOptions options) => Try("Seldon:Kafka:Producer", () =>
        new ProducerBuilder<byte[], byte[]>(ClientConfigs.Producer(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build());

    private static IEnumerable<string> Try(string section, Func<IDisposable> build)
    {
        try
        {
            build().Dispose();
            return [];
        }
        catch (Exception refused) when (refused is KafkaException or InvalidOperationException or ArgumentException)
        {
            return [$"The Kafka client refuses its properties ({refused.Message.TrimEnd('.')}): correct the KAFKA_* setting or the entry in {section} that this names."];
        }
    }
}
