using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Settings;

/// <summary>Settings that are right, and the routes and options that they become. What is wrong: see <see cref="SettingProblemTests"/>.</summary>
public class SettingsTests
{
    internal static readonly (string Name, string? Value)[] Minimal =
    [
        ("KAFKA_BROKER", "localhost:9092"), ("KAFKA_INPUT_TOPIC", "in"), ("KAFKA_OUTPUT_TOPIC", "out"),
        ("SELDON_PROTOCOL", "tensorflow"), ("MODEL_NAME", "m"), ("MODEL_REST_URL", "http://localhost:8501"),
    ];

    [Fact]
    public void Minimal_IsRight_AndTheRestIsTheDefault()
    {
        var settings = Read();

        Assert.Empty(settings.Problems);
        Assert.Empty(settings.Warnings);
        var route = Assert.Single(settings.Engine.Routes);
        Assert.Equal(("default", null, new ModelSelector("m"), Transport.Auto, new Uri("http://localhost:8501"), null), (route.Name, route.InputTopic, route.Model, route.Transport, route.RestUrl, route.GrpcUrl));
        Assert.Equal(new CallLimits(TimeSpan.FromSeconds(60), 64 << 20), route.Limits);
        Assert.Null(settings.Engine.Routes[0].Workers);
        var kafka = settings.Kafka;
        Assert.Equal(("localhost:9092", "out", "out.errors", "seldon-functions.in", false), (kafka.Broker, kafka.Output.Results, kafka.Output.Errors, kafka.Group, kafka.ConsumerGroupProtocol));
        Assert.Equal(["in"], kafka.InputTopics);
        Assert.Equal((5000, 64L << 20), (kafka.WindowRecords, kafka.WindowBytes));
        Assert.Equal("PLAINTEXT", Assert.Single(kafka.Security).Value);
        Assert.Empty(kafka.Consumer);
        Assert.Empty(kafka.Producer);
    }

    [Fact]
    public void Everything_IsTaken()
    {
        var settings = Read(
            ("KAFKA_BROKER", "a:1, [::1]:2 ,SSL://c:65535"), ("KAFKA_ERROR_TOPIC", "bad"), ("KAFKA_CONSUMER_GROUP", "g"), ("KAFKA_GROUP_PROTOCOL", "CONSUMER"),
            ("KAFKA_WORKERS", "7"), ("KAFKA_DELIVERY", "acknowledged"), ("SELDON_TRANSPORT", "grpc"), ("MODEL_GRPC_URL", "https://model:8500"), ("MODEL_LABEL", "stable"),
            ("MODEL_TIMEOUT", "250ms"), ("MODEL_MAX_RESPONSE_BYTES", "1024"), ("Seldon:Window:Records", "10"), ("Seldon:Window:Bytes", "2048"),
            ("Seldon:Kafka:Consumer:fetch.max.bytes", "1"), ("Seldon:Kafka:Producer:linger.ms", "2"));

        Assert.Empty(settings.Problems);
        var route = Assert.Single(settings.Engine.Routes);
        Assert.Equal((Transport.Grpc, new Uri("https://model:8500"), "stable", 7), (route.Transport, route.GrpcUrl, route.Model.Label, settings.Engine.Routes[0].Workers));
        Assert.Equal(new CallLimits(TimeSpan.FromMilliseconds(250), 1024), route.Limits);
        var kafka = settings.Kafka;
        Assert.Equal(("bad", "g", true, 10, 2048L), (kafka.Output.Errors, kafka.Group, kafka.ConsumerGroupProtocol, kafka.WindowRecords, kafka.WindowBytes));
        Assert.Equal("1", kafka.Consumer["fetch.max.bytes"]);
        Assert.Equal("2", kafka.Producer["linger.ms"]);
    }

    [Fact]
    public void ExactlyOnce_HasATransactionalIdOfItsOwnThatStartsWithTheGroup()
    {
        var kafka = Right(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_CONSUMER_GROUP", "g")).Kafka;

        Assert.StartsWith("g.", kafka.Transactions!.Id, StringComparison.Ordinal);
        Assert.NotEqual(kafka.Transactions.Id, Right(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_CONSUMER_GROUP", "g")).Kafka.Transactions!.Id);
        Assert.Equal((TimeSpan.FromMilliseconds(100), 16L << 20), (kafka.Transactions.Interval, kafka.Transactions.MaxBytes));
        kafka = Right(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_TRANSACTIONAL_ID", "mine"), ("Seldon:Transaction:Interval", "1s"), ("Seldon:Transaction:MaxBytes", "2048")).Kafka;
        Assert.Equal(new TransactionOptions("mine", false, TimeSpan.FromSeconds(1), 2048), kafka.Transactions);
        Assert.Null(Right().Kafka.Transactions);
        Assert.Contains("KAFKA_TRANSACTIONAL_ID", Assert.Single(Right(("KAFKA_TRANSACTIONAL_ID", "mine")).Warnings), StringComparison.Ordinal);
    }

    [Theory, InlineData(null, null, null), InlineData("auto", null, null), InlineData("Auto", null, null), InlineData("7", null, 7), InlineData("7", "9", 9), InlineData("7", "auto", null), InlineData("auto", "9", 9)]
    public void Workers_AreANumberOrAuto(string? all, string? own, int? expected)
    {
        var route = Route(0, "a", "in");

        Assert.Equal(expected, Right([("MODEL_NAME", null), ("MODEL_REST_URL", null), ("SELDON_PROTOCOL", null), .. route, ("KAFKA_WORKERS", all), ("Seldon:Routes:0:Workers", own)]).Engine.Routes[0].Workers);
    }

    [Theory]
    [InlineData("250ms", 250), InlineData("60", 60_000), InlineData("60s", 60_000), InlineData("2m", 120_000), InlineData("0.5", 500), InlineData("1.5 s", 1500), InlineData("3600", 3_600_000)]
    public void Timeout_TakesSecondsOrAUnit(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Right(("MODEL_TIMEOUT", text)).Engine.Routes[0].Limits.Timeout);

    [Fact]
    public void RawProperty_MayHaveUnderscoresForDots() =>
        Assert.Equal(new("compression.type", "none"), Assert.Single(Right(("Seldon:Kafka:Producer:compression_type", "none")).Kafka.Producer));

    [Fact]
    public void EmptySettings_CountAsNotSet() => Assert.Equal("out.errors", Right(("KAFKA_ERROR_TOPIC", ""), ("MODEL_TIMEOUT", " "), ("MODEL_VERSION", "")).Kafka.Output.Errors);

    [Fact]
    public void Version_IsTaken() => Assert.Equal("7", Right(("MODEL_VERSION", "7")).Engine.Routes[0].Model.Version);

    [Fact]
    public void Sasl_BecomesLibrdkafkasProperties()
    {
        var security = Right(
            ("KAFKA_SECURITY_PROTOCOL", "sasl_ssl"), ("KAFKA_SASL_MECHANISM", "scram-sha-512"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", "p w"),
            ("KAFKA_SSL_CA_CERT", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----")).Kafka.Security;

        Assert.Equal(("SASL_SSL", "SCRAM-SHA-512", "u", "p w"), (security["security.protocol"], security["sasl.mechanism"], security["sasl.username"], security["sasl.password"]));
        Assert.StartsWith("-----BEGIN", security["ssl.ca.pem"], StringComparison.Ordinal);
    }

    [Fact]
    public void OAuth_BecomesLibrdkafkasProperties()
    {
        var security = Right(
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "oauthbearer"), ("KAFKA_SASL_OAUTHBEARER_CLIENT_ID", "id"), ("KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "s "),
            ("KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL", "https://login/token"), ("KAFKA_SASL_OAUTHBEARER_SCOPE", "kafka")).Kafka.Security;

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_SSL",
                ["sasl.mechanism"] = "OAUTHBEARER",
                ["sasl.oauthbearer.method"] = "oidc",
                ["sasl.oauthbearer.client.id"] = "id",
                ["sasl.oauthbearer.client.secret"] = "s ",
                ["sasl.oauthbearer.token.endpoint.url"] = "https://login/token",
                ["sasl.oauthbearer.scope"] = "kafka",
            },
            security);
    }

    [Fact]
    public void Password_IsTakenToTheLastSpace() => Assert.Equal(" p w ", Right(
        ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", " p w ")).Kafka.Security["sasl.password"]);

    [Fact]
    public void CertificatesAsFiles_BecomeLocations()
    {
        var file = typeof(SettingsTests).Assembly.Location;
        var security = Right(
            ("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT_FILE", file), ("KAFKA_SSL_CLIENT_CERT_FILE", file), ("KAFKA_SSL_CLIENT_KEY_FILE", file),
            ("KAFKA_SSL_CLIENT_KEY_PASS", "kp")).Kafka.Security;

        Assert.Equal((file, file, file, "kp"), (security["ssl.ca.location"], security["ssl.certificate.location"], security["ssl.key.location"], security["ssl.key.password"]));
    }

    [Fact]
    public void SeveralRoutes_EachHasItsTopicItsModelAndItsLimits()
    {
        var settings = Read(
        [
            ("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null),
            .. Route(0, "a", "topic-a"), .. Route(1, "b", null), ("Seldon:Routes:1:Timeout", "1s"), ("Seldon:Routes:1:Version", "3"),
        ]);

        Assert.Empty(settings.Problems);
        Assert.Equal([("a", "topic-a", null), ("b", null, "3" as string)], settings.Engine.Routes.Select(r => (r.Name, r.InputTopic, r.Model.Version)));
        Assert.Equal([60, 1], settings.Engine.Routes.Select(r => (int)r.Limits.Timeout.TotalSeconds));
        Assert.Equal(["topic-a", "in"], settings.Kafka.InputTopics);
    }

    [Theory]
    [InlineData("a:1"), InlineData("a-b.c_d:65535,10.0.0.1:9092"), InlineData("[::1]:9092"), InlineData("[2001:db8::1]:1, [fe80::1%1]:2"), InlineData("SASL_SSL://a:1,plaintext://[::1]:2")]
    public void BrokersThatTheClientUnderstands_AreTaken(string brokers) => Assert.Equal(brokers, Right(("KAFKA_BROKER", brokers)).Kafka.Broker);

    [Theory]
    [InlineData("KAFKA_AUTO_COMMIT", "true"), InlineData("KAFKA_AUTO_COMMIT", "1"), InlineData("KAFKA_AUTO_COMMIT", "t"), InlineData("KAFKA_AUTO_COMMIT", "TRUE"), InlineData("MODEL_HOST", "model")]
    public void SettingWithoutEffect_IsAWarningThatNamesIt(string name, string value)
    {
        var settings = Right((name, value));

        Assert.Contains(name, Assert.Single(settings.Warnings), StringComparison.Ordinal);
    }

    [Theory, InlineData("KAFKA_AUTO_COMMIT", "false"), InlineData("KAFKA_FULL_GRAPH", "False"), InlineData("KAFKA_FULL_GRAPH", "0"), InlineData("KAFKA_AUTO_COMMIT", "F")]
    public void SettingOfSeldonThatAgrees_IsSilent(string name, string value) => Assert.Empty(Right((name, value)).Warnings);

    [Fact]
    public void RoutesThatAllHaveTheirTopics_NeedNoOthers()
    {
        var kafka = Right(
        [
            ("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("KAFKA_OUTPUT_TOPIC", null), ("KAFKA_INPUT_TOPIC", "in"),
            .. Route(0, "a", "topic-a"), ("Seldon:Routes:0:OutputTopic", "out-a"), .. Route(1, "b", null), ("Seldon:Routes:1:OutputTopic", "out-b"), ("Seldon:Routes:1:ErrorTopic", "bad-b"),
        ]).Kafka;

        Assert.Equal(["out-a.errors", "bad-b", "out-a.errors"], new[] { ("", "topic-a"), ("", "in"), ("a", "in") }.Select(r => kafka.OutputOf(r.Item1, r.Item2).Errors));
    }

    [Theory, InlineData("KAFKA_ERROR_TOPIC", "bad", "bad"), InlineData("KAFKA_OUTPUT_TOPIC", "all", "all.errors")]
    public void TopicForAllRoutes_TakesUnroutedRecords(string setting, string topic, string errors)
    {
        var kafka = Right(
        [
            ("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("KAFKA_OUTPUT_TOPIC", null), ("KAFKA_INPUT_TOPIC", null),
            .. Route(0, "a", "topic-a"), ("Seldon:Routes:0:OutputTopic", "out-a"), (setting, topic),
        ]).Kafka;

        Assert.Equal(errors, kafka.OutputOf("", "topic-a").Errors);
    }

    [Fact]
    public void InputTopicThatNoRouteTakes_NeedsAnErrorTopic() => Assert.StartsWith(
        "KAFKA_ERROR_TOPIC is not set, and no route takes the records of in: give a route this InputTopic",
        Assert.Single(Read(
        [
            ("SELDON_PROTOCOL", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("KAFKA_OUTPUT_TOPIC", null), .. Route(0, "a", "topic-a"), ("Seldon:Routes:0:OutputTopic", "out-a"),
        ]).Problems), StringComparison.Ordinal);

    /// <summary>The minimal settings with these instead or as well; null takes one away.</summary>
    internal static ProcessorSettings Read(params (string Name, string? Value)[] settings)
    {
        var all = Minimal.ToDictionary(s => s.Name, s => s.Value);
        foreach (var (name, value) in settings) all[name] = value;
        return ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
    }

    internal static (string, string?)[] Route(int index, string name, string? topic) =>
    [
        ($"Seldon:Routes:{index}:Name", name), ($"Seldon:Routes:{index}:InputTopic", topic), ($"Seldon:Routes:{index}:Protocol", "tensorflow"),
        ($"Seldon:Routes:{index}:Model", "m"), ($"Seldon:Routes:{index}:RestUrl", "http://localhost:8501"),
    ];

    private static ProcessorSettings Right(params (string Name, string? Value)[] settings)
    {
        var read = Read(settings);
        Assert.Empty(read.Problems);
        return read;
    }
}
