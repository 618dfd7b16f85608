namespace Seldon.Functions.Kafka.Clients;

/// <summary>
/// The raw librdkafka properties that decide whether a connection to a broker is established. All clients connect to the same brokers, so
/// such a property holds for all of them, in whichever section it is set: consumer, producers, and the clients that look things up.
/// </summary>
internal static class ConnectionProperties
{
    private static readonly string[] Prefixes =
    [
        "ssl.", "https.", "enable.ssl.", "sasl.", "enable.sasl.", "broker.", "client.dns.", "socket.", "reconnect.", "connections.", "api.version.",
        "metadata.recovery.", "plugin.library.",
    ];

    public static bool Include(string property) => Prefixes.Any(p => property.StartsWith(p, StringComparison.OrdinalIgnoreCase));

    /// <summary>Those of a section.</summary>
    public static IEnumerable<KeyValuePair<string, string>> In(IReadOnlyDictionary<string, string> section) => section.Where(p => Include(p.Key));
}
