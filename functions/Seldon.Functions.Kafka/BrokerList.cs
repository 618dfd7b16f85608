using System.Net;
using System.Net.Sockets;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Kafka;

/// <summary>Checks addresses of brokers: what the Kafka client would take for something else, or not find, is said at start.</summary>
internal static class BrokerList
{
    /// <summary>The client lets an address begin with its security protocol.</summary>
    private static readonly string[] Schemes = ["PLAINTEXT://", "SSL://", "SASL_PLAINTEXT://", "SASL_SSL://"];

    public static void Check(SettingReader reader, string setting, string text)
    {
        var brokers = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (brokers.Length == 0) reader.Problem(setting, $"is '{text}'", "use host:port");
        foreach (var broker in brokers)
        {
            if (FixFor(broker) is { } fix) reader.Problem(setting, $"has '{SettingReader.WithoutUserInfo(broker)}'", fix);
        }
    }

    /// <summary>What to do about a wrong address; null for a right one.</summary>
    private static string? FixFor(string broker)
    {
        if (broker.Contains(';', StringComparison.Ordinal) || broker.Any(char.IsWhiteSpace)) return "use host:port, and commas between several";
        var address = Schemes.FirstOrDefault(s => broker.StartsWith(s, StringComparison.OrdinalIgnoreCase)) is { } scheme ? broker[scheme.Length..] : broker;
        if (address.Length == 0 || address.Contains("://", StringComparison.Ordinal)) return "use host:port without a scheme: KAFKA_SECURITY_PROTOCOL says how to connect";
        if (address.Contains('@', StringComparison.Ordinal)) return "use host:port, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD";
        // With a port behind brackets, it would be parsed, too.
        if ((address[0] != '[' || address[^1] == ']') && IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6) return $"use [address]:port for IPv6, such as [{address.Trim('[', ']')}]:9092";
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), out var port) || port == 0) return "use host:port";
        var host = address[..colon];
        if (host.Contains(':', StringComparison.Ordinal) || host.StartsWith('['))
            return host is ['[', .. var inside, ']'] && IPAddress.TryParse(inside, out ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? null : "use [address]:port for IPv6, such as [::1]:9092";
        return host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? null : "use host:port, with a host of letters, digits, '.' and '-'";
    }
}
