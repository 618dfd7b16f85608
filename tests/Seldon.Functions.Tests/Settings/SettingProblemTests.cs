
namespace Seldon.Functions.Tests.Settings;

/// <summary>Settings that are wrong: all at once, each with its name, what was seen, and what to do.</summary>
public class SettingProblemTests
{
    private const string Secret = "hunter2-4711";

    public static readonly TheoryData<string, string?, string, string> Problems = new()
    {
        // setting, value, what was seen, what to do
        { "KAFKA_BROKER", null, "is not set", "host:port" },
        { "KAFKA_BROKER", "localhost", "'localhost'", "host:port" },
        { "KAFKA_BROKER", "a:1,b", "'b'", "host:port" },
        { "KAFKA_BROKER", "a:0", "'a:0'", "host:port" },
        { "KAFKA_BROKER", "a:65536", "'a:65536'", "host:port" },
        { "KAFKA_BROKER", ":9092", "':9092'", "host:port" },
        { "KAFKA_BROKER", " , ", "','", "host:port" },
        { "KAFKA_BROKER", "a:1;b:2", "'a:1;b:2'", "commas" },
        { "KAFKA_BROKER", "a:1 b:2", "'a:1 b:2'", "commas" },
        { "KAFKA_BROKER", "::1", "'::1'", "[::1]:9092" },
        { "KAFKA_BROKER", "[::1]", "'[::1]'", "[::1]:9092" },
        { "KAFKA_BROKER", "fe80::1:9092", "'fe80::1:9092'", "[fe80::1:9092]:9092" },
        { "KAFKA_BROKER", "a:b:9092", "'a:b:9092'", "[::1]:9092" },
        { "KAFKA_BROKER", "[a]:9092", "'[a]:9092'", "[::1]:9092" },
        { "KAFKA_BROKER", "a:9092/x", "'a:9092/x'", "host:port" },
        { "KAFKA_BROKER", "kafka://a:9092", "'kafka://a:9092'", "without a scheme" },
        { "KAFKA_BROKER", $"user:{Secret}@a:9092", "'…@a:9092'", "host" },
        { "KAFKA_BROKER", "bröker:9092", "'bröker:9092'", "letters" },
        { "KAFKA_INPUT_TOPIC", null, "is not set", "topic with the requests" },
        { "KAFKA_INPUT_TOPIC", "a b", "'a b'", "characters" },
        { "KAFKA_INPUT_TOPIC", "..", "'..'", "characters" },
        { "KAFKA_INPUT_TOPIC", "é", "'é'", "characters" },
        { "KAFKA_OUTPUT_TOPIC", null, "is not set", "topic for results" },
        { "KAFKA_OUTPUT_TOPIC", "a/b", "'a/b'", "characters" },
        { "KAFKA_OUTPUT_TOPIC", new string('a', 250), "aaa", "249" },
        { "KAFKA_OUTPUT_TOPIC", "in", "'in', which is read as input", "another topic" },
        { "KAFKA_ERROR_TOPIC", "in", "'in', which is read as input", "another topic" },
        { "KAFKA_ERROR_TOPIC", "out", "'out', which is also the output", "another topic" },
        { "KAFKA_ERROR_TOPIC", "a b", "'a b'", "characters" },
        { "KAFKA_WORKERS", "0", "'0'", "from 1 to 10000" },
        { "KAFKA_WORKERS", "-1", "'-1'", "from 1 to 10000" },
        { "KAFKA_WORKERS", "many", "'many'", "from 1 to 10000" },
        { "KAFKA_WORKERS", "10001", "'10001'", "from 1 to 10000" },
        { "KAFKA_WORKERS", "99999999999", "'99999999999'", "from 1 to 10000" },
        { "KAFKA_DELIVERY", "at-most-once", "'at-most-once'", "acknowledged, exactly-once" },
        { "Seldon:Transaction:Interval", "0", "'0'", "up to 5 s" },
        { "Seldon:Transaction:Interval", "60m", "'60m'", "leave it out for 0.1 s" },
        { "Seldon:Transaction:MaxBytes", "1", "'1'", "from 1024" },
        { "KAFKA_GROUP_PROTOCOL", "kip-848", "'kip-848'", "classic, consumer" },
        { "KAFKA_FULL_GRAPH", "true", "'true'", "remove it" },
        { "KAFKA_FULL_GRAPH", "yes", "'yes'", "true or false" },
        { "KAFKA_FULL_GRAPH", "T", "'T'", "remove it" },
        { "KAFKA_AUTO_COMMIT", "2", "'2'", "true or false" },
        { "SELDON_DEPLOYMENT", "/no/such.yaml", "'/no/such.yaml', which cannot be read", "a file that is there" },
        { "ENGINE_PREDICTOR", Secret, "is no base64", "operator" },
        { "SELDON_HTTP_ADDRESS", "localhost", "'localhost'", "127.0.0.1" },
        { "SELDON_METRICS_PATH", "prometheus", "'prometheus'", "/prometheus" },
        { "Seldon:Nodes:m:RestUrl", "http://a:1", "Seldon:Nodes is set, but there is no manifest", "SELDON_DEPLOYMENT" },
        { "SELDON_PROTOCOL", "v3", "'v3'", "seldon, tensorflow, v2, kfserving, open-inference" },
        { "SELDON_TRANSPORT", "http", "'http'", "auto, rest, grpc" },
        { "SELDON_TRANSPORT", "grpc", "is 'grpc'", "use rest" },
        { "SELDON_TRANSPORT", "auto", "is 'auto'", "choose the other" },
        { "MODEL_NAME", null, "is not set", "name" },
        { "MODEL_NAME", new string('m', 129), "129 characters", "at most 128" },
        { "MODEL_LABEL", new string('m', 129), "129 characters", "at most 128" },
        { "MODEL_VERSION", "latest", "'latest'", "whole number" },
        { "MODEL_VERSION", "-1", "'-1'", "whole number" },
        { "MODEL_REST_URL", null, "are not set", "http://localhost:8501" },
        { "MODEL_REST_URL", "localhost:8501", "'localhost:8501'", "scheme://host:port" },
        { "MODEL_REST_URL", "http://a:1/v1/models/m:predict", "ends in the protocol's own path", "leave out '/v1/models/m:predict'" },
        { "MODEL_REST_URL", "http://a:1/x/v1/models/m/", "ends in the protocol's own path", "leave out '/v1/models/m'" },
        { "MODEL_REST_URL", "http://a:1/v1/models", "ends in the protocol's own path", "leave out '/v1/models'" },
        { "MODEL_REST_URL", "http://a:1/?q", "'http://a:1/?q'", "no query" },
        { "MODEL_REST_URL", "http://a:1/b?", "'http://a:1/b?'", "no query" },
        { "MODEL_REST_URL", "http://a:1/b#c", "'http://a:1/b#c'", "a path may follow" },
        { "MODEL_REST_URL", "http://u:secret@a:1/b", "'…@a:1/b'", "a path may follow" },
        { "MODEL_GRPC_URL", "http://a:1/b", "'http://a:1/b'", "without a path" },
        { "MODEL_HOST_HEADER", "http://a", "'http://a'", "host name" },
        { "MODEL_HOST_HEADER", "a/b", "'a/b'", "host name" },
        { "MODEL_HOST_HEADER", "a b", "'a b'", "host name" },
        { "MODEL_HOST_HEADER", "a:99999", "'a:99999'", "host name" },
        { "MODEL_HOST_HEADER", "u@a", "'…@a'", "host name" },
        { "SELDON_DEFAULT_PROTO_NAME", "tensorflow.serving.PredictRequest", "but the route has no gRPC", "set MODEL_GRPC_URL" },
        { "MODEL_REST_URL", "ftp://a:1", "'ftp://a:1'", "http or https" },
        { "MODEL_GRPC_URL", "a:1", "'a:1'", "scheme://host:port" },
        { "MODEL_GIVE_UP_AFTER", "never", "'never'", "500ms" },
        { "MODEL_GIVE_UP_AFTER", "2d", "'2d'", "up to 86400 s" },
        { "MODEL_TRUST_READINESS", "0", "'0'", "or never" },
        { "MODEL_TRUST_READINESS", "soon", "'soon'", "or never" },
        { "MODEL_CONTROL_FILE", "/nowhere/control.json", "'/nowhere/control.json'", "name a file" },
        { "MODEL_TIMEOUT", "0", "'0'", "500ms" },
        { "MODEL_TIMEOUT", "-1s", "'-1s'", "500ms" },
        { "MODEL_TIMEOUT", "1h", "'1h'", "500ms" },
        { "MODEL_TIMEOUT", "61m", "'61m'", "up to 3600 s" },
        { "MODEL_TIMEOUT", "NaN", "'NaN'", "500ms" },
        { "MODEL_TIMEOUT", "Infinity", "'Infinity'", "500ms" },
        { "MODEL_TIMEOUT", "s", "'s'", "500ms" },
        { "MODEL_MAX_RESPONSE_BYTES", "1023", "'1023'", "from 1024" },
        { "Seldon:Window:Records", "0", "'0'", "from 1 to" },
        { "Seldon:Window:Bytes", "1", "'1'", "from 1024" },
        { "Seldon:Kafka:Consumer:enable.auto.commit", "true", "cannot be set here", "remove it" },
        { "Seldon:Kafka:Consumer:Group.Id", "x", "cannot be set here", "remove it" },
        { "Seldon:Kafka:Producer:acks", "0", "cannot be set here", "remove it" },
        { "Seldon:Kafka:Producer:enable_idempotence", "false", "cannot be set here", "remove it" },
        { "Seldon:Kafka:Consumer:bootstrap.servers", "a:1", "cannot be set here", "use KAFKA_BROKER" },
        { "Seldon:Kafka:Producer:ssl_ca_location", "/ca.pem", "cannot be set here", "use KAFKA_SSL_CA_CERT_FILE" },
        { "Seldon:Kafka:Consumer:SASL_PASSWORD", Secret, "cannot be set here", "use KAFKA_SASL_PASSWORD" },
        { "Seldon:Kafka:Producer:sasl.mechanisms", "PLAIN", "cannot be set here", "use KAFKA_SASL_MECHANISM" },
        { "Seldon:Windows:Records", "5", "is no setting", "Seldon:Window:Records" },
        { "Seldon:Window:Record", "5", "is no setting", "Seldon:Window:Records" },
        { "Seldon:Kafka:Consumers:foo", "5", "is no setting", "Seldon:Kafka:Consumer:PROPERTY" },
        { "Seldon:Kafka:Consumer:session:timeout:ms", "5", "is no setting", "Seldon:Kafka:Consumer:PROPERTY" },
        { "Seldon:Route:0:Name", "a", "is no setting", "Seldon:Routes:N:…" },
        { "Seldon:Protocol", "seldon", "is no setting", "Seldon:Window:Records" },
        { "KAFKA_SECURITY_PROTOCOL", "TLS", "'TLS'", "SASL_SSL" },
        { "KAFKA_SSL_CA_CERT", "-----BEGIN", "KAFKA_SECURITY_PROTOCOL is PLAINTEXT", "SSL or SASL_SSL" },
        { "KAFKA_SSL_CA_CERT_FILE", "/no/such/file", "'/no/such/file'", "path of a PEM file" },
        { "KAFKA_SASL_USERNAME", "u", "KAFKA_SECURITY_PROTOCOL is PLAINTEXT", "SASL_PLAINTEXT or SASL_SSL" },
        { "KAFKA_SASL_PASSWORD", Secret, "KAFKA_SECURITY_PROTOCOL is PLAINTEXT", "SASL_PLAINTEXT or SASL_SSL" },
        { "KAFKA_SASL_MECHANISM", "PLAIN", "KAFKA_SECURITY_PROTOCOL is PLAINTEXT", "SASL_PLAINTEXT or SASL_SSL" },
    };

    [Theory, MemberData(nameof(Problems))]
    public void WrongSetting_IsNamedWithWhatWasSeenAndWhatToDo(string setting, string? value, string seen, string fix)
    {
        var problems = SettingsTests.Read((setting, value)).Problems;

        Assert.Contains(problems, p => p.Contains(setting.Split(":m:")[0], StringComparison.Ordinal) && p.Contains(seen, StringComparison.Ordinal) && p.Contains(fix, StringComparison.Ordinal));
        Assert.DoesNotContain(problems, p => p.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Secret + "\n", "ends with a line end"), InlineData(Secret + "\r\n", "ends with a line end"), InlineData("a\n" + Secret, "has a line end in it")]
    public void SecretWithALineEnd_IsNamedWithoutIt(string secret, string seen)
    {
        foreach (var setting in new[] { "KAFKA_SASL_PASSWORD", "KAFKA_SSL_CLIENT_KEY_PASS" })
        {
            var problem = Assert.Single(SettingsTests.Read(
                ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", "p"), (setting, secret)).Problems);
            Assert.StartsWith($"{setting} {seen}", problem, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NothingIsSet_EverythingThatIsNeededIsNamedAtOnce()
    {
        var problems = SettingsTests.Read([.. SettingsTests.Minimal.Select(s => (s.Name, (string?)null))]).Problems;

        // Seldon's own protocol, the default, needs no model's name.
        foreach (var setting in SettingsTests.Minimal.Select(s => s.Name).Except(["SELDON_PROTOCOL", "MODEL_NAME"]))
            Assert.Single(problems, p => p.Contains(setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("seldon:window:RECORDS", "5"), InlineData("Seldon:Kafka:Producer:linger_ms", "5"), InlineData("KAFKA_FOO", "x"), InlineData("MODEL_FOO", "x")]
    public void KnownNameOfAnyCase_AndWhatMayBelongToOthers_AreNoProblem(string setting, string value) =>
        Assert.Empty(SettingsTests.Read((setting, value)).Problems);

    [Fact]
    public void EverythingIsWrong_EveryMistakeIsNamedAtOnce()
    {
        (string, string?)[] wrong =
        [
            ("KAFKA_BROKER", "x"), ("KAFKA_INPUT_TOPIC", "a b"), ("KAFKA_OUTPUT_TOPIC", "c d"), ("KAFKA_WORKERS", "0"), ("KAFKA_DELIVERY", "x"), ("KAFKA_GROUP_PROTOCOL", "x"),
            ("KAFKA_SECURITY_PROTOCOL", "x"), ("SELDON_PROTOCOL", "x"), ("SELDON_TRANSPORT", "x"), ("MODEL_VERSION", "x"), ("MODEL_REST_URL", "x"), ("MODEL_TIMEOUT", "x"),
            ("Seldon:Window:Records", "x"), ("Seldon:Kafka:Producer:acks", "x"),
        ];

        var problems = SettingsTests.Read(wrong).Problems;

        foreach (var (setting, _) in wrong) Assert.Contains(problems, p => p.StartsWith(setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_USERNAME"), InlineData("SASL_SSL", "KAFKA_SASL_PASSWORD")]
    public void SaslWithoutCredentials_NamesThem(string protocol, string setting) =>
        Assert.Contains(SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", protocol)).Problems, p => p.StartsWith($"{setting} is not set", StringComparison.Ordinal));

    [Fact]
    public void OAuthWithoutItsSettings_NamesThoseThatItNeeds() => Assert.Equal(
        ["KAFKA_SASL_OAUTHBEARER_CLIENT_ID", "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL"],
        SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER")).Problems.Select(p => p.Split(' ')[0]));

    [Fact]
    public void OAuthSettingWithoutSasl_IsUnused() => Assert.StartsWith(
        "KAFKA_SASL_OAUTHBEARER_SCOPE is set, but KAFKA_SECURITY_PROTOCOL is PLAINTEXT",
        Assert.Single(SettingsTests.Read(("KAFKA_SASL_OAUTHBEARER_SCOPE", "x")).Problems), StringComparison.Ordinal);

    [Fact]
    public void WrongMechanism_IsNamed() => Assert.Contains(
        SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "MD5")).Problems,
        p => p.StartsWith("KAFKA_SASL_MECHANISM is 'MD5'", StringComparison.Ordinal) && p.Contains("SCRAM-SHA-512", StringComparison.Ordinal));

    [Fact]
    public void CertificateTextAndFile_AreOneTooMany() => Assert.Contains(
        SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT", "-----BEGIN"), ("KAFKA_SSL_CA_CERT_FILE", "/no/such")).Problems,
        p => p.StartsWith("KAFKA_SSL_CA_CERT ", StringComparison.Ordinal) && p.Contains("keep one", StringComparison.Ordinal));

    [Theory]
    [InlineData("KAFKA_SSL_CLIENT_CERT", "KAFKA_SSL_CLIENT_KEY"), InlineData("KAFKA_SSL_CLIENT_KEY", "KAFKA_SSL_CLIENT_CERT")]
    public void ClientCertificateWithoutItsOtherHalf_NamesThat(string given, string missing) => Assert.Contains(
        SettingsTests.Read(("KAFKA_SECURITY_PROTOCOL", "SSL"), (given, "-----BEGIN")).Problems, p => p.StartsWith($"{missing} is not set", StringComparison.Ordinal));

    [Fact]
    public void SecretsInWrongPlaces_ShowInNoMessage()
    {
        var settings = SettingsTests.Read(
            ("KAFKA_SECURITY_PROTOCOL", "x"), ("KAFKA_SASL_PASSWORD", Secret), ("KAFKA_SSL_CLIENT_KEY", $"no PEM {Secret}"), ("KAFKA_SSL_CLIENT_KEY_PASS", Secret),
            ("KAFKA_SSL_CA_CERT", Secret), ("KAFKA_SSL_CLIENT_CERT", Secret), ("MODEL_REST_URL", $"http://user:{Secret}@a:1/x"), ("MODEL_GRPC_URL", $"user:{Secret}@a:1"),
            ("Seldon:Kafka:Producer:sasl.password", Secret), ("Seldon:Kafka:Consumer:ssl.key.password", Secret));

        Assert.InRange(settings.Problems.Count, 7, 20);
        Assert.DoesNotContain([.. settings.Problems, .. settings.Warnings], p => p.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void RoutesAndFlatNames_AreSaidTwice()
    {
        var problems = SettingsTests.Read(SettingsTests.Route(0, "a", null)).Problems;

        Assert.Contains(problems, p => p.StartsWith("MODEL_NAME is set, and so is Seldon:Routes", StringComparison.Ordinal) && p.Contains("Model", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("MODEL_REST_URL is set", StringComparison.Ordinal) && p.Contains("RestUrl", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("SELDON_PROTOCOL is set", StringComparison.Ordinal));
        Assert.Equal(3, problems.Count);
    }

    [Theory]
    [InlineData("a", "t", "a", "u", "2 routes with the name 'a'")]
    [InlineData("a", "t", "b", "t", "several routes for the topic 't'")]
    [InlineData("a", null, "b", null, "several routes without InputTopic")]
    [InlineData("a", "t t", "b", null, "'t t'")]
    [InlineData("", "t", "b", null, "Seldon:Routes:0:Name is not set")]
    public void RoutesThatClash_AreNamed(string name, string? topic, string otherName, string? otherTopic, string problem) =>
        Assert.Contains(RoutesOnly([.. SettingsTests.Route(0, name, topic), .. SettingsTests.Route(1, otherName, otherTopic)]), p => p.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void RoutesMistake_IsNamedByItsPath()
    {
        var problems = RoutesOnly([.. SettingsTests.Route(0, "a", "bad topic"), ("Seldon:Routes:0:Timeout", "x"), ("Seldon:Routes:0:RestUrl", "x"), ("Seldon:Routes:0:Version", "1"), ("Seldon:Routes:0:Label", "l")]);

        foreach (var key in new[] { "InputTopic", "Timeout", "RestUrl", "Label" })
            Assert.Contains(problems, p => p.StartsWith($"Seldon:Routes:0:{key}", StringComparison.Ordinal));
    }

    internal static IReadOnlyList<string> RoutesOnly((string, string?)[] settings) =>
        SettingsTests.Read([("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), .. settings]).Problems;
}
