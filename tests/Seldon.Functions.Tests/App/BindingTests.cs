using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Seldon.Functions.App;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.App;

/// <summary>The raw bindings that the host is given: what the attributes say, and what is written into them at start.</summary>
public class BindingTests
{
    private const string Secret = "hunter2-4711";
    private const string Pem = $"-----BEGIN CERTIFICATE-----\n{Secret}\n-----END CERTIFICATE-----";
    private const string Key = $"-----BEGIN PRIVATE KEY-----\n{Secret}\n-----END PRIVATE KEY-----";

    private static readonly string File = typeof(BindingTests).Assembly.Location;

    /// <summary>What the worker's generator makes of the attributes.</summary>
    private const string Trigger =
        """
        {"name":"records","direction":"In","type":"kafkaTrigger","brokerList":"%KAFKA_BROKER%","topic":"%KAFKA_INPUT_TOPIC%","consumerGroup":"%KAFKA_CONSUMER_GROUP%",
         "cardinality":"Many","keyDataType":"Binary","lagThreshold":1000,"properties":{"supportsDeferredBinding":"True"}}
        """;

    private const string Results =
        """{"name":"Results","direction":"Out","type":"kafka","brokerList":"%KAFKA_BROKER%","topic":"%KAFKA_OUTPUT_TOPIC%","enableIdempotence":true}""";

    private const string DeadLetters =
        """{"name":"DeadLetters","direction":"Out","type":"kafka","brokerList":"%KAFKA_BROKER%","topic":"%KAFKA_ERROR_TOPIC%","enableIdempotence":true}""";

    public static readonly TheoryData<string, (string, string?)[], string> Security = new()
    {
        { "plaintext", [], """{"protocol":"Plaintext"}""" },
        {
            "SASL_SSL/PLAIN",
            [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_USERNAME", "$ConnectionString"), ("KAFKA_SASL_PASSWORD", Secret)],
            """{"protocol":"SaslSsl","authenticationMode":"Plain","username":"%KAFKA_SASL_USERNAME%","password":"%KAFKA_SASL_PASSWORD%"}"""
        },
        {
            "SASL_PLAINTEXT/SCRAM-SHA-256",
            [("KAFKA_SECURITY_PROTOCOL", "sasl_plaintext"), ("KAFKA_SASL_MECHANISM", "scram-sha-256"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", Secret)],
            """{"protocol":"SaslPlaintext","authenticationMode":"ScramSha256","username":"%KAFKA_SASL_USERNAME%","password":"%KAFKA_SASL_PASSWORD%"}"""
        },
        {
            "SASL_SSL/SCRAM-SHA-512 with an authority",
            [("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", Secret), ("KAFKA_SSL_CA_CERT", Pem)],
            """{"protocol":"SaslSsl","authenticationMode":"ScramSha512","username":"%KAFKA_SASL_USERNAME%","password":"%KAFKA_SASL_PASSWORD%","sslCaPEM":"%KAFKA_SSL_CA_CERT%"}"""
        },
        {
            "mutual TLS by text",
            [("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT", Pem), ("KAFKA_SSL_CLIENT_CERT", Pem), ("KAFKA_SSL_CLIENT_KEY", Key)],
            """{"protocol":"Ssl","sslCaPEM":"%KAFKA_SSL_CA_CERT%","sslCertificatePEM":"%KAFKA_SSL_CLIENT_CERT%","sslKeyPEM":"%KAFKA_SSL_CLIENT_KEY%"}"""
        },
        {
            "mutual TLS by files",
            [("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT_FILE", File), ("KAFKA_SSL_CLIENT_CERT_FILE", File), ("KAFKA_SSL_CLIENT_KEY_FILE", File), ("KAFKA_SSL_CLIENT_KEY_PASS", Secret)],
            """
            {"protocol":"Ssl","sslCaLocation":"%KAFKA_SSL_CA_CERT_FILE%","sslCertificateLocation":"%KAFKA_SSL_CLIENT_CERT_FILE%",
             "sslKeyLocation":"%KAFKA_SSL_CLIENT_KEY_FILE%","sslKeyPassword":"%KAFKA_SSL_CLIENT_KEY_PASS%"}
            """
        },
        {
            "OAuth",
            [
                ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER"), ("KAFKA_SASL_OAUTHBEARER_CLIENT_ID", "id"), ("KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", Secret),
                ("KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL", "https://login/token"), ("KAFKA_SASL_OAUTHBEARER_SCOPE", "kafka"), ("KAFKA_SASL_OAUTHBEARER_EXTENSIONS", "a=b"),
            ],
            """
            {"protocol":"SaslSsl","authenticationMode":"OAuthBearer","oAuthBearerMethod":"Oidc","oAuthBearerClientId":"%KAFKA_SASL_OAUTHBEARER_CLIENT_ID%",
             "oAuthBearerClientSecret":"%KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET%","oAuthBearerTokenEndpointUrl":"%KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL%",
             "oAuthBearerScope":"%KAFKA_SASL_OAUTHBEARER_SCOPE%","oAuthBearerExtensions":"%KAFKA_SASL_OAUTHBEARER_EXTENSIONS%"}
            """
        },
    };

    [Fact]
    public async Task Metadata_OfTheWorkersGenerator_IsWhatTheHostIsToBeGiven()
    {
        var function = Assert.Single(await new GeneratedFunctionMetadataProvider().GetFunctionMetadataAsync(""));

        Assert.Equal("Inference", function.Name);
        Assert.Equal("Seldon.Functions.App.InferenceFunction.RunAsync", function.EntryPoint);
        Assert.Equal(3, function.RawBindings!.Count);
        AssertSame(Trigger, function.RawBindings[0]);
        AssertSame(Results, function.RawBindings[1]);
        AssertSame(DeadLetters, function.RawBindings[2]);
    }

    [Theory, MemberData(nameof(Security))]
    public void Security_IsWrittenIntoAllThreeAsNamesOfSettings(string name, (string, string?)[] settings, string written)
    {
        var bindings = Transform([("KAFKA_CONSUMER_GROUP", "g"), ("KAFKA_ERROR_TOPIC", "e"), .. settings]);

        foreach (var (before, after) in new[] { Trigger, Results, DeadLetters }.Zip(bindings))
        {
            var expected = JsonNode.Parse(before)!.AsObject();
            foreach (var (property, value) in JsonNode.Parse(written)!.AsObject()) expected[property] = value!.DeepClone();
            AssertSame(expected.ToJsonString(), after);
            Assert.False(after.Contains(Secret, StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void GroupAndErrorTopicAreNotSet_TheirDefaultsAreWritten()
    {
        var bindings = Transform();

        Assert.Equal(["seldon-functions.in", null, null], bindings.Select(b => Text(b, "consumerGroup")));
        Assert.Equal(["%KAFKA_INPUT_TOPIC%", "%KAFKA_OUTPUT_TOPIC%", "out.errors"], bindings.Select(b => Text(b, "topic")));
        Assert.Equal(["%KAFKA_BROKER%", "%KAFKA_BROKER%", "%KAFKA_BROKER%"], bindings.Select(b => Text(b, "brokerList")));
    }

    [Fact]
    public void SettingsWithSpacesAround_AreWrittenWithout()
    {
        var bindings = Transform(("KAFKA_INPUT_TOPIC", " in"), ("KAFKA_BROKER", "localhost:9092 "));

        Assert.Equal("in", Text(bindings[0], "topic"));
        Assert.All(bindings, b => Assert.Equal("localhost:9092", Text(b, "brokerList")));
    }

    [Fact]
    public void TopicsComeFromARoute_TheyAreWritten()
    {
        var bindings = Transform(
            ("KAFKA_INPUT_TOPIC", null), ("KAFKA_OUTPUT_TOPIC", null), ("KAFKA_ERROR_TOPIC", "bad"), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("SELDON_PROTOCOL", null),
            ("Seldon:Routes:0:Name", "a"), ("Seldon:Routes:0:InputTopic", "own-in"), ("Seldon:Routes:0:OutputTopic", "own-out"), ("Seldon:Routes:0:Model", "m"),
            ("Seldon:Routes:0:Protocol", "tensorflow"), ("Seldon:Routes:0:RestUrl", "http://localhost:8501"));

        Assert.Equal(["own-in", "own-out", "%KAFKA_ERROR_TOPIC%"], bindings.Select(b => Text(b, "topic")));
        Assert.Equal("seldon-functions.own-in", Text(bindings[0], "consumerGroup"));
    }

    [Fact]
    public void TypesInCapitalsAndOtherBindings_AreTakenAsTheyAre()
    {
        const string timer = """{"name":"t","type":"timerTrigger","direction":"In","topic":"%KAFKA_ERROR_TOPIC%"}""";
        var metadata = new DefaultFunctionMetadata { RawBindings = [timer, Results.Replace("\"kafka\"", "\"Kafka\"", StringComparison.Ordinal)] };

        Transformer([]).Transform([metadata, new DefaultFunctionMetadata()]);

        Assert.Equal(timer, metadata.RawBindings[0]);
        Assert.Equal("Plaintext", Text(metadata.RawBindings[1], "protocol"));
    }

    [Fact]
    public void App_RegistersOneTransformer()
    {
        var services = new ServiceCollection();

        Assert.True(services.TryAddInference(Configuration([]), out _));

        Assert.IsType<BindingSettings>(Assert.Single(services, s => s.ServiceType == typeof(IFunctionMetadataTransformer)).ImplementationInstance);
    }

    [Fact]
    public void NameScriptFileAndEntryPoint_StayAsTheyAre()
    {
        var metadata = new DefaultFunctionMetadata { Name = "Inference", ScriptFile = "a.dll", EntryPoint = "a.b.c", RawBindings = [Trigger] };

        Transformer([]).Transform([metadata]);

        Assert.Equal(("Inference", "a.dll", "a.b.c"), (metadata.Name, metadata.ScriptFile, metadata.EntryPoint));
    }

    private static List<string> Transform(params (string, string?)[] settings)
    {
        var metadata = new DefaultFunctionMetadata { RawBindings = [Trigger, Results, DeadLetters] };
        Transformer(settings).Transform([metadata]);
        return [.. metadata.RawBindings];
    }

    private static BindingSettings Transformer((string Name, string? Value)[] settings)
    {
        var configuration = Configuration(settings);
        var read = FunctionsAppSettings.Read(configuration).Processor;
        Assert.Empty(read.Problems);
        return new BindingSettings(read.Kafka, configuration);
    }

    private static IConfiguration Configuration((string Name, string? Value)[] settings)
    {
        var all = SettingsTests.Minimal.ToDictionary(s => s.Name, s => s.Value);
        foreach (var (name, value) in settings) all[name] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(all).Build();
    }

    private static string? Text(string binding, string property) => (string?)JsonNode.Parse(binding)![property];

    private static void AssertSame(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}, but there is {actual}");
}
