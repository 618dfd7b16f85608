using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.App;

/// <summary>
/// Writes into trigger and outputs, at start, what their attributes cannot hold: security as it is set, and defaults that the host
/// cannot compute. Names of settings, never secrets: bindings can be listed.
/// </summary>
internal sealed class BindingSettings(KafkaOptions kafka, IConfiguration configuration) : IFunctionMetadataTransformer
{
    /// <summary>librdkafka's property, the binding's, and the setting that the host is to read.</summary>
    private static readonly (string Property, string Binding, string Setting)[] References =
    [
        ("sasl.username", "username", "KAFKA_SASL_USERNAME"),
        ("sasl.password", "password", "KAFKA_SASL_PASSWORD"),
        ("sasl.oauthbearer.client.id", "oAuthBearerClientId", "KAFKA_SASL_OAUTHBEARER_CLIENT_ID"),
        ("sasl.oauthbearer.client.secret", "oAuthBearerClientSecret", "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"),
        ("sasl.oauthbearer.token.endpoint.url", "oAuthBearerTokenEndpointUrl", "KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL"),
        ("sasl.oauthbearer.scope", "oAuthBearerScope", "KAFKA_SASL_OAUTHBEARER_SCOPE"),
        ("sasl.oauthbearer.extensions", "oAuthBearerExtensions", "KAFKA_SASL_OAUTHBEARER_EXTENSIONS"),
        ("ssl.ca.pem", "sslCaPEM", "KAFKA_SSL_CA_CERT"),
        ("ssl.ca.location", "sslCaLocation", "KAFKA_SSL_CA_CERT_FILE"),
        ("ssl.certificate.pem", "sslCertificatePEM", "KAFKA_SSL_CLIENT_CERT"),
        ("ssl.certificate.location", "sslCertificateLocation", "KAFKA_SSL_CLIENT_CERT_FILE"),
        ("ssl.key.pem", "sslKeyPEM", "KAFKA_SSL_CLIENT_KEY"),
        ("ssl.key.location", "sslKeyLocation", "KAFKA_SSL_CLIENT_KEY_FILE"),
        ("ssl.key.password", "sslKeyPassword", "KAFKA_SSL_CLIENT_KEY_PASS"),
    ];

    /// <summary>librdkafka's property, the binding's, and the binding's words for its values.</summary>
    private static readonly (string Property, string Binding, Dictionary<string, string> Words)[] Choices =
    [
        ("security.protocol", "protocol", new() { ["PLAINTEXT"] = "Plaintext", ["SSL"] = "Ssl", ["SASL_PLAINTEXT"] = "SaslPlaintext", ["SASL_SSL"] = "SaslSsl" }),
        ("sasl.mechanism", "authenticationMode", new() { ["PLAIN"] = "Plain", ["SCRAM-SHA-256"] = "ScramSha256", ["SCRAM-SHA-512"] = "ScramSha512", ["OAUTHBEARER"] = "OAuthBearer", ["GSSAPI"] = "Gssapi" }),
        ("sasl.oauthbearer.method", "oAuthBearerMethod", new() { ["oidc"] = "Oidc" }),
    ];

    /// <inheritdoc/>
    public string Name => "Seldon.Functions";

    /// <inheritdoc/>
    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (var bindings in original.Select(f => f.RawBindings).OfType<IList<string>>())
        {
            for (var i = 0; i < bindings.Count; i++) bindings[i] = Complete(bindings[i]);
        }
    }

    private string Complete(string text)
    {
        var binding = JsonNode.Parse(text, new JsonNodeOptions { PropertyNameCaseInsensitive = true })!.AsObject();
        if (!((string?)binding["type"] ?? "").StartsWith("kafka", StringComparison.OrdinalIgnoreCase)) return text;

        foreach (var (setting, value) in Known())
        {
            // The host reads the setting itself, unless it would find nothing or something else there.
            if (configuration[setting] == value) continue;
            foreach (var property in binding.Where(p => p.Value?.GetValueKind() == System.Text.Json.JsonValueKind.String && (string?)p.Value == $"%{setting}%").ToList())
                binding[property.Key] = value;
        }
        foreach (var (property, name, words) in Choices)
        {
            if (kafka.Security.TryGetValue(property, out var value)) binding[name] = words[value];
        }
        foreach (var (property, name, setting) in References)
        {
            if (kafka.Security.ContainsKey(property)) binding[name] = $"%{setting}%";
        }
        return binding.ToJsonString();
    }

    private IEnumerable<(string Setting, string Value)> Known() =>
    [
        ("KAFKA_BROKER", kafka.Broker),
        ("KAFKA_INPUT_TOPIC", kafka.InputTopics[0]),
        ("KAFKA_CONSUMER_GROUP", kafka.Group),
        // Each route may have its own; the binding, which is not used then, needs one all the same.
        ("KAFKA_OUTPUT_TOPIC", kafka.Output.Results.Length > 0 ? kafka.Output.Results : kafka.RouteOutputs.Values.First().Results),
        ("KAFKA_ERROR_TOPIC", kafka.OutputOf("", kafka.InputTopics[0]).Errors),
    ];
}
