using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>Says why no broker answers, as far as the client knows.</summary>
internal static class Unreachable
{
    public static bool Is(Error error) => error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_Resolve;

    /// <param name="reason">What the client reported last about its connections; null for nothing.</param>
    public static string Describe(KafkaOptions options, string? reason)
    {
        var why = reason is null ? "" : $" ({reason})";
        // A listener with TLS closes a plaintext connection without a word, or waits for more.
        var isSilent = reason is null || reason.Contains("Disconnected", StringComparison.Ordinal) || reason.Contains("timed out", StringComparison.OrdinalIgnoreCase);
        var protocol = options.Security.GetValueOrDefault("security.protocol", "PLAINTEXT");
        return isSilent && protocol.EndsWith("PLAINTEXT", StringComparison.Ordinal)
            ? $"no broker answers{why}; if it expects TLS, set KAFKA_SECURITY_PROTOCOL to {(protocol == "PLAINTEXT" ? "SSL" : "SASL_SSL")}"
            : $"no broker answers{why}";
    }
}
