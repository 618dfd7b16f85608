using System.Globalization;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Can the cluster be reached and talked to: names, ports, TLS, SASL, and the addresses that the brokers themselves give.</summary>
internal sealed class BrokerCheck(KafkaOptions options, ClusterView cluster)
{
    private const string Subject = "broker";
    private const string Protocol = "KAFKA_SECURITY_PROTOCOL";

    private readonly string _protocol = options.Security.GetValueOrDefault("security.protocol", "PLAINTEXT").ToUpperInvariant();

    private bool IsEncrypted => _protocol.EndsWith("SSL", StringComparison.Ordinal);

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var addresses = options.Broker.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        var findings = new List<Finding>();
        foreach (var (host, port) in addresses)
        {
            if (await Reach.TryAsync(host, port, cancellationToken).ConfigureAwait(false) is var (why, fix))
                findings.Add(Finding.Failure(Subject, $"{host}:{port}: {why}.", $"{fix} (KAFKA_BROKER)"));
        }
        if (findings.Count == addresses.Count) return findings;

        // Of several, one is enough.
        findings = [.. findings.Select(f => f with { Level = Level.Warning })];
        var connection = await cluster.ConnectAsync().ConfigureAwait(false);
        if (connection.Fault is { } fault)
        {
            findings.Add(Finding.Failure(Subject, $"{options.Broker}: {connection.Reason}.", await FixAsync(fault, connection.Reason, addresses, cancellationToken).ConfigureAwait(false)));
            return findings;
        }
        var unreachable = new List<string>();
        foreach (var (host, port) in connection.Brokers)
        {
            if (await Reach.TryAsync(host, port, cancellationToken).ConfigureAwait(false) is not null) unreachable.Add($"{host}:{port}");
        }
        var isNobody = unreachable.Count == connection.Brokers.Count;
        if (unreachable.Count > 0)
        {
            findings.Add(new Finding(
                isNobody ? Level.Failure : Level.Warning, Subject,
                $"{options.Broker} answers, but says that clients must use {string.Join(", ", unreachable)}, which cannot be reached from here.",
                "start that broker, or correct advertised.listeners of the brokers"));
        }
        if (!isNobody) findings.Add(Finding.Ok(Subject, $"{options.Broker}: {connection.Brokers.Count} {(connection.Brokers.Count == 1 ? "broker" : "brokers")} over {_protocol}"));
        return findings;
    }

    private async Task<string> FixAsync(ConnectionFault fault, string reason, List<(string Host, int Port)> addresses, CancellationToken cancellationToken)
    {
        if (fault == ConnectionFault.Authentication) return FixForRefusal(reason);
        if (Says(reason, "mismatch")) return "use a name in KAFKA_BROKER that the broker's certificate has";
        if (Says(reason, "verify failed", "verified")) return "set KAFKA_SSL_CA_CERT_FILE to the certificate of the authority that signed the broker's certificate";
        if (Says(reason, "certificate required", "bad certificate", "alert handshake failure"))
            return "set KAFKA_SSL_CLIENT_CERT_FILE and KAFKA_SSL_CLIENT_KEY_FILE: the broker wants a client certificate that it trusts";
        var speaksTls = false;
        foreach (var (host, port) in addresses) speaksTls = speaksTls || await Reach.SpeaksTlsAsync(host, port, cancellationToken).ConfigureAwait(false);
        if (IsEncrypted && !speaksTls) return $"set {Protocol} to {(_protocol == "SSL" ? "PLAINTEXT" : "SASL_PLAINTEXT")}: the listener does not speak TLS";
        if (!IsEncrypted && speaksTls) return $"set {Protocol} to {(_protocol == "PLAINTEXT" ? "SSL" : "SASL_SSL")}: the listener speaks TLS";
        if (_protocol == "PLAINTEXT") return $"set {Protocol} to SASL_PLAINTEXT, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, if the listener wants them";
        return $"see whether {Protocol} is {_protocol} at this listener of the broker, and what the broker's log says";
    }

    private string FixForRefusal(string reason)
    {
        if (Says(reason, "current SASL state")) return $"set {Protocol} to {(IsEncrypted ? "SSL" : "PLAINTEXT")}: the listener wants no user";
        return Says(reason, "supported mechanisms", "unsupported")
            ? "set KAFKA_SASL_MECHANISM to a mechanism that the broker's listener has"
            : "correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or KAFKA_SASL_MECHANISM, which decides where the broker looks them up";
    }

    private static bool Says(string reason, params string[] words) => words.Any(w => reason.Contains(w, StringComparison.OrdinalIgnoreCase));

    /// <summary>The settings were checked: there is a port, and a scheme may stand before the host.</summary>
    private static (string Host, int Port) Parse(string address)
    {
        var text = address[(address.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? scheme + 3 : 0)..];
        var colon = text.LastIndexOf(':');
        return (text[..colon].Trim('[', ']'), int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
