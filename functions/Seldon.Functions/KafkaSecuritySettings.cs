namespace Seldon.Functions;

/// <summary>Reads <c>KAFKA_SECURITY_PROTOCOL</c>, <c>KAFKA_SSL_*</c> and <c>KAFKA_SASL_*</c> into librdkafka properties.</summary>
internal static class KafkaSecuritySettings
{
    /// <summary>What can be given as PEM text or as a file: the setting, its file form, and librdkafka's names for both.</summary>
    private static readonly (string Setting, string Pem, string Location)[] Certificates =
    [
        ("KAFKA_SSL_CA_CERT", "ssl.ca.pem", "ssl.ca.location"),
        ("KAFKA_SSL_CLIENT_CERT", "ssl.certificate.pem", "ssl.certificate.location"),
        ("KAFKA_SSL_CLIENT_KEY", "ssl.key.pem", "ssl.key.location"),
    ];

    /// <summary>The settings of OAUTHBEARER with client credentials (OIDC), librdkafka's names for them, and whether they must be set.</summary>
    private static readonly (string Setting, string Property, bool IsRequired)[] OAuth =
    [
        ("KAFKA_SASL_OAUTHBEARER_CLIENT_ID", "sasl.oauthbearer.client.id", true),
        ("KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "sasl.oauthbearer.client.secret", true),
        ("KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL", "sasl.oauthbearer.token.endpoint.url", true),
        ("KAFKA_SASL_OAUTHBEARER_SCOPE", "sasl.oauthbearer.scope", false),
        ("KAFKA_SASL_OAUTHBEARER_EXTENSIONS", "sasl.oauthbearer.extensions", false),
    ];

    public static Dictionary<string, string> Read(SettingReader reader)
    {
        var properties = new Dictionary<string, string>();
        var protocol = reader.OneOf("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");
        properties["security.protocol"] = protocol;
        ReadSsl(reader, properties, protocol.EndsWith("SSL", StringComparison.Ordinal), protocol);
        ReadSasl(reader, properties, protocol.StartsWith("SASL", StringComparison.Ordinal), protocol);
        return properties;
    }

    private static void ReadSsl(SettingReader reader, Dictionary<string, string> properties, bool wanted, string protocol)
    {
        foreach (var (setting, pem, location) in Certificates)
        {
            var (text, file) = (reader.Text(setting), reader.Text($"{setting}_FILE"));
            if (text is not null && file is not null) reader.Problem(setting, $"is set, and so is {setting}_FILE", "keep one of them");
            if ((text ?? file) is not null && !wanted) Unused(reader, text is null ? $"{setting}_FILE" : setting, "SSL or SASL_SSL", protocol);
            if (text is not null && !text.Contains("-----BEGIN", StringComparison.Ordinal))
                reader.Problem(setting, "holds no PEM text", $"give the text from -----BEGIN to -----END, or the path of a file as {setting}_FILE");
            if (file is not null && !File.Exists(file)) reader.MissingFile($"{setting}_FILE", $"is '{file}', which is no file that can be read", "give the path of a PEM file");
            if (text is not null) properties[pem] = text;
            else if (file is not null) properties[location] = file;
        }
        if (HasOne(properties, "ssl.certificate") != HasOne(properties, "ssl.key"))
            reader.Problem(HasOne(properties, "ssl.key") ? "KAFKA_SSL_CLIENT_CERT" : "KAFKA_SSL_CLIENT_KEY", "is not set", "a client certificate and its key go together");
        if (reader.Secret("KAFKA_SSL_CLIENT_KEY_PASS") is { } password) properties["ssl.key.password"] = password;
    }

    private static void ReadSasl(SettingReader reader, Dictionary<string, string> properties, bool wanted, string protocol)
    {
        string[] settings = ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"];
        if (!wanted)
        {
            foreach (var setting in settings.Concat(OAuth.Select(o => o.Setting)).Where(s => reader.Text(s) is not null))
                Unused(reader, setting, "SASL_PLAINTEXT or SASL_SSL", protocol);
            return;
        }
        var mechanism = reader.OneOf(settings[0], "PLAIN", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER");
        properties["sasl.mechanism"] = mechanism;
        if (mechanism == "OAUTHBEARER")
        {
            ReadOAuth(reader, properties);
            return;
        }
        properties["sasl.username"] = reader.Required(settings[1], $"{protocol} needs a user");
        properties["sasl.password"] = reader.Secret(settings[2]) ?? reader.Required(settings[2], $"{protocol} needs a password");
    }

    private static void ReadOAuth(SettingReader reader, Dictionary<string, string> properties)
    {
        properties["sasl.oauthbearer.method"] = "oidc";
        foreach (var (setting, property, isRequired) in OAuth)
        {
            var value = reader.Secret(setting);
            if (value is not null) properties[property] = value;
            else if (isRequired) reader.Problem(setting, "is not set", "KAFKA_SASL_MECHANISM=OAUTHBEARER needs it");
        }
    }

    private static void Unused(SettingReader reader, string setting, string protocols, string protocol) =>
        reader.Problem(setting, $"is set, but KAFKA_SECURITY_PROTOCOL is {protocol}", $"set that to {protocols}, or remove this");

    private static bool HasOne(Dictionary<string, string> properties, string prefix) =>
        properties.ContainsKey(prefix + ".pem") || properties.ContainsKey(prefix + ".location");
}
