using Confluent.Kafka;

namespace Seldon.Functions.Kafka;

/// <summary>What librdkafka says against the properties that are set. Connects to nothing.</summary>
internal static class ClientCheck
{
    public static IEnumerable<string> Consumer(KafkaOptions options) => Check("Seldon:Kafka:Consumer", options.Consumer, raw => Refusal(() =>
        new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options with { Consumer = raw })).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build()));

    public static IEnumerable<string> Producer(KafkaOptions options) => Check("Seldon:Kafka:Producer", options.Producer, raw => Refusal(() =>
        new ProducerBuilder<byte[], byte[]>(ClientConfigs.Producer(options with { Producer = raw })).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build()));

    /// <summary>
    /// Everything that is wrong, although the client names one thing at a time, and that not always by the name that was set: what is
    /// refused no longer, or for something else, once a property is left out, was for that property.
    /// </summary>
    private static List<string> Check(string section, IReadOnlyDictionary<string, string> raw, Func<IReadOnlyDictionary<string, string>, string?> refusalOf)
    {
        var problems = new List<string>();
        var left = raw;
        while (refusalOf(left) is { } refusal)
        {
            if (left.Keys.FirstOrDefault(p => refusalOf(Without(left, p)) != refusal) is not { } wrong)
            {
                problems.Add($"The Kafka client refuses its properties ({refusal}): correct the KAFKA_* setting or the entry in Seldon:Kafka that this names.");
                break;
            }
            problems.Add($"{section}:{wrong} is refused by the Kafka client ({refusal}): correct it, or remove it.");
            left = Without(left, wrong);
        }
        return problems;
    }

    private static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> properties, string one) => properties.Where(p => p.Key != one).ToDictionary();

    private static string? Refusal(Func<IDisposable> build)
    {
        try
        {
            build().Dispose();
            return null;
        }
        catch (Exception refused) when (refused is KafkaException or InvalidOperationException or ArgumentException)
        {
            return refused.Message.Trim().TrimEnd('.');
        }
    }
}
