using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>What librdkafka says against the properties that are set. Connects to nothing.</summary>
internal static class ClientCheck
{
    private const string ConsumerSection = "Seldon:Kafka:Consumer";
    private const string ProducerSection = "Seldon:Kafka:Producer";

    /// <summary>A property that is set: the setting it comes from, and the options without it.</summary>
    private sealed record Given(string Setting, string Property, Func<KafkaOptions, KafkaOptions> Without);

    public static IEnumerable<string> Consumer(KafkaOptions options) => Check(
        options,
        options => new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build(),
        [.. OfConsumer(options.Consumer), .. OfProducer(ConnectionProperties.In(options.Producer)), .. OfSecurity(options.Security)]);

    public static IEnumerable<string> Producer(KafkaOptions options) => Check(
        options,
        options => new ProducerBuilder<byte[], byte[]>(options.Transactions is null ? ClientConfigs.Producer(options) : ClientConfigs.Transactional(options)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build(),
        [.. OfProducer(options.Producer), .. OfConsumer(ConnectionProperties.In(options.Consumer)), .. OfSecurity(options.Security)]);

    /// <summary>
    /// Everything that is wrong, although the client names one thing at a time, and that not always by the name that was set: what is
    /// refused no longer, or for something else, once a property is left out, was for that property.
    /// </summary>
    private static List<string> Check(KafkaOptions options, Func<KafkaOptions, IDisposable> build, List<Given> given)
    {
        var problems = new List<string>();
        while (Refusal(() => build(options)) is { } refusal)
        {
            if (refusal.Contains("No provider for SASL mechanism GSSAPI", StringComparison.Ordinal))
            {
                problems.Add($"KAFKA_SASL_MECHANISM is 'GSSAPI', but the Kafka client was loaded without Kerberos ({refusal}): install libsasl2.so.3 with its GSSAPI module, such as cyrus-sasl-lib and cyrus-sasl-gssapi of Red Hat's, or use another mechanism.");
                break;
            }
            var wrong = given.OrderByDescending(g => refusal.Contains(g.Property, StringComparison.Ordinal)).FirstOrDefault(g => Refusal(() => build(g.Without(options))) != refusal);
            if (wrong is null)
            {
                problems.Add($"The Kafka client refuses its properties ({refusal}): correct the KAFKA_* setting or the entry in Seldon:Kafka that this names.");
                break;
            }
            problems.Add($"{wrong.Setting} is refused by the Kafka client ({refusal}): correct it, or remove it.");
            options = wrong.Without(options);
            given.Remove(wrong);
        }
        return problems;
    }

    private static IEnumerable<Given> OfConsumer(IEnumerable<KeyValuePair<string, string>> properties) => properties.Select(
        p => new Given($"{ConsumerSection}:{p.Key}", p.Key, options => options with { Consumer = Without(options.Consumer, p.Key) }));

    private static IEnumerable<Given> OfProducer(IEnumerable<KeyValuePair<string, string>> properties) => properties.Select(
        p => new Given($"{ProducerSection}:{p.Key}", p.Key, options => options with { Producer = Without(options.Producer, p.Key) }));

    /// <summary>A client certificate is left out together with its key.</summary>
    private static IEnumerable<Given> OfSecurity(IReadOnlyDictionary<string, string> properties) =>
        from property in properties.Keys
        let setting = KafkaSecuritySettings.SettingOf(property)
        // Without these, the client would not look at the others.
        where setting is not null && property is not ("security.protocol" or "sasl.mechanism")
        select new Given(setting, property, options => options with
        {
            Security = options.Security.Where(p => p.Key != property && !(IsOfClient(property) && IsOfClient(p.Key))).ToDictionary(),
        });

    private static bool IsOfClient(string property) =>
        property.StartsWith("ssl.certificate.", StringComparison.Ordinal) || property.StartsWith("ssl.key.", StringComparison.Ordinal);

    private static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> properties, string one) => properties.Where(p => p.Key != one).ToDictionary();

    private static string? Refusal(Func<IDisposable> build)
    {
        try
        {
            _ = ClientDisposal.Begin(build());
            return null;
        }
        catch (Exception refused) when (refused is KafkaException or InvalidOperationException or ArgumentException)
        {
            return refused.Message.Trim().TrimEnd('.');
        }
    }
}
