using Seldon.Functions.Settings;

namespace Seldon.Functions.Kafka;

/// <summary>Reads <c>KAFKA_SECURITY_PROTOCOL</c>, <c>KAFKA_SSL_*</c> and <c>KAFKA_SASL_*</c> into librdkafka properties.</summary>
internal static class KafkaSecuritySettings
{
    private const string KeyPassword = "KAFKA_SSL_CLIENT_KEY_PASS";
    private const string Mechanism = "KAFKA_SASL_MECHANISM";
    private const string User = "KAFKA_SASL_USERNAME";
    private const string Password = "KAFKA_SASL_PASSWORD";

    private const string TokenSource = "sasl.oauthbearer.metadata.authentication.type";
    private const string UnsignedTokens = "enable.sasl.oauthbearer.unsecure.jwt";

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

    /// <summary>The setting that a property comes from; null for one that is not of security.</summary>
    public static string? SettingOf(string property) => property switch
    {
        "security.protocol" => "KAFKA_SECURITY_PROTOCOL",
        "sasl.mechanism" or "sasl.mechanisms" => Mechanism,
        "ssl.key.password" => KeyPassword,
        "sasl.username" => User,
        "sasl.password" => Password,
        _ => Certificates.Where(c => c.Pem == property).Select(c => c.Setting)
            .Concat(Certificates.Where(c => c.Location == property).Select(c => FileOf(c.Setting)))
            .Concat(OAuth.Where(o => o.Property == property).Select(o => o.Setting))
            .FirstOrDefault(),
    };

    /// <param name="raw">Raw properties, of which some choose another method of authentication.</param>
    public static Dictionary<string, string> Read(SettingReader reader, IReadOnlyList<KeyValuePair<string, string>> raw)
    {
        var properties = new Dictionary<string, string>();
        var protocol = reader.OneOf("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");
        properties["security.protocol"] = protocol;
        ReadSsl(reader, properties, protocol.EndsWith("SSL", StringComparison.Ordinal), protocol);
        ReadSasl(reader, properties, raw, protocol.StartsWith("SASL", StringComparison.Ordinal), protocol);
        return properties;
    }

    private static void ReadSsl(SettingReader reader, Dictionary<string, string> properties, bool wanted, string protocol)
    {
        foreach (var (setting, pem, location) in Certificates)
        {
            var (text, file) = (reader.Text(setting), reader.Text(FileOf(setting)));
            if (text is not null && file is not null) reader.Problem(setting, $"is set, and so is {setting}_FILE", "keep one of them");
            if ((text ?? file) is not null && !wanted) Unused(reader, text is null ? FileOf(setting) : setting, "SSL or SASL_SSL", protocol);
            if (text is not null && !text.Contains("-----BEGIN", StringComparison.Ordinal))
                reader.Problem(setting, "holds no PEM text", $"give the text from -----BEGIN to -----END, or the path of a file as {setting}_FILE");
            if (file is not null && !File.Exists(file)) reader.MissingFile(FileOf(setting), $"is '{file}', which cannot be read as a file", "give the path of a PEM file");
            if (text is not null) properties[pem] = PemText.Normalise(text);
            else if (file is not null) properties[location] = file;
        }
        if (HasOne(properties, "ssl.certificate") != HasOne(properties, "ssl.key"))
            reader.Problem(HasOne(properties, "ssl.key") ? "KAFKA_SSL_CLIENT_CERT" : "KAFKA_SSL_CLIENT_KEY", "is not set", "a client certificate and its key go together");
        if (reader.Secret(KeyPassword) is { } password) properties["ssl.key.password"] = password;
    }

    private static void ReadSasl(SettingReader reader, Dictionary<string, string> properties, IReadOnlyList<KeyValuePair<string, string>> raw, bool wanted, string protocol)
    {
        var given = new[] { Mechanism, User, Password }.Concat(OAuth.Select(o => o.Setting)).Where(s => reader.Text(s) is not null).ToList();
        if (!wanted)
        {
            foreach (var setting in given) Unused(reader, setting, "SASL_PLAINTEXT or SASL_SSL", protocol);
            return;
        }
        if (IsMskIam(reader.Text(Mechanism))) return;
        var mechanism = reader.OneOf(Mechanism, "PLAIN", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI");
        properties["sasl.mechanism"] = mechanism;
        string[] taken = mechanism switch { "OAUTHBEARER" => [.. OAuth.Select(o => o.Setting)], "GSSAPI" => [], _ => [User, Password] };
        foreach (var setting in given.Except([Mechanism, .. taken])) reader.Warn($"{setting} has no effect: {Mechanism} is {mechanism}.");
        if (mechanism == "OAUTHBEARER") ReadOAuth(reader, properties, raw);
        if (!taken.Contains(User)) return;
        properties["sasl.username"] = reader.Required(User, $"{protocol} needs a user");
        properties["sasl.password"] = reader.Secret(Password) ?? reader.Required(Password, $"{protocol} needs a password");

        bool IsMskIam(string? text)
        {
            if (text is null || !text.Contains("IAM", StringComparison.OrdinalIgnoreCase)) return false;
            reader.Problem(Mechanism, $"is '{text}', for which the Kafka client has no tokens", "use SCRAM-SHA-512 or a client certificate, which MSK takes as well");
            return true;
        }
    }

    /// <summary>OAUTHBEARER with a client's id and secret, unless raw properties choose another of librdkafka's methods; what that one needs, the client says itself.</summary>
    private static void ReadOAuth(SettingReader reader, Dictionary<string, string> properties, IReadOnlyList<KeyValuePair<string, string>> raw)
    {
        var names = raw.Select(p => p.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var isOther = raw.Any(ChoosesAnotherMethod);
        if (raw.Any(p => p.Key.Equals(TokenSource, StringComparison.OrdinalIgnoreCase) && p.Value.Equals("aws_iam", StringComparison.OrdinalIgnoreCase)))
            reader.Problem(TokenSource, "is 'aws_iam', for which the Kafka client has no tokens", "use SCRAM-SHA-512 or a client certificate, which MSK takes as well");
        // Unsigned tokens, for tests, are the only method that is not one of OIDC's.
        if (!raw.Any(p => p.Key.Equals(UnsignedTokens, StringComparison.OrdinalIgnoreCase) && p.Value == "true")) properties["sasl.oauthbearer.method"] = "oidc";
        foreach (var (setting, property, isRequired) in OAuth)
        {
            var value = reader.Secret(setting);
            if (value is not null) properties[property] = value;
            else if (isRequired && !isOther && !names.Contains(property))
                reader.Problem(setting, "is not set", $"{Mechanism}=OAUTHBEARER needs it, unless raw properties choose another method, such as Seldon:Kafka:Consumer:{TokenSource}=azure_imds");
        }
    }

    private static bool ChoosesAnotherMethod(KeyValuePair<string, string> raw) => (raw.Key.ToLowerInvariant(), raw.Value.Trim().ToLowerInvariant()) is
        (TokenSource, not "none") or ("sasl.oauthbearer.grant.type", not "client_credentials") or ("sasl.oauthbearer.method", not "oidc") or (UnsignedTokens, "true");

    private static void Unused(SettingReader reader, string setting, string protocols, string protocol) =>
        reader.Problem(setting, $"is set, but KAFKA_SECURITY_PROTOCOL is {protocol}", $"set that to {protocols}, or remove this");

    private static string FileOf(string setting) => $"{setting}_FILE";

    private static bool HasOne(Dictionary<string, string> properties, string prefix) =>
        properties.ContainsKey(prefix + ".pem") || properties.ContainsKey(prefix + ".location");
}
