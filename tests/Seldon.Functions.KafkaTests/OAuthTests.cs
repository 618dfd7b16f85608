using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Seldon.Functions.KafkaTests;

/// <summary>OAUTHBEARER with and without a secret of the client's, towards a broker that asks for tokens and a server that gives them.</summary>
public class OAuthTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const string Listeners = "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER";

    // A space would end the property.
    private const string Login = "oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule\\u0020required;";

    [Fact]
    public async Task RecordsFlow_ByEachMethod()
    {
        await using var broker = await KafkaBroker.StartAsync(
            Fixture.Home, settings: $"{Listeners} listener.name.sasl_plaintext.{Login} listener.name.sasl_ssl.{Login}");
        using var topics = new KafkaTopics(broker.Plaintext);
        var asked = new ConcurrentQueue<string>();
        await using var tokens = await StartAsync(asked);
        var address = $"{tokens.Urls.First()}/token";
        using var key = RSA.Create(2048);

        await AssertRecordsFlowAsync("GET", "&resource=kafka",
            Raw("metadata.authentication.type", "azure_imds"), Raw("token.endpoint.url", address), Raw("config", "query=api-version=2025-04-07&resource=kafka"));
        await AssertRecordsFlowAsync("POST", "jwt-bearer",
            Raw("grant.type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), Raw("assertion.private.key.pem", key.ExportPkcs8PrivateKeyPem()), Raw("token.endpoint.url", address));
        await AssertRecordsFlowAsync("POST", "client_credentials",
            ("KAFKA_SASL_OAUTHBEARER_CLIENT_ID", "id"), ("KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "s"), ("KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL", address));

        async Task AssertRecordsFlowAsync(string method, string text, params (string, string)[] settings)
        {
            asked.Clear();
            var pipeline = new Pipeline(topics, Model.RestUrl, Model.GrpcUrl, NewName());
            await pipeline.CreateTopicsAsync(1, 1, 1);
            var flowers = pipeline.Flowers(20);
            await topics.ProduceAsync(flowers.All());
            await using (var instance = Instance.Start(pipeline.Settings(
                [("KAFKA_BROKER", broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_MECHANISM", "OAUTHBEARER"), .. settings])))
                await topics.UntilCommittedAsync(pipeline.Group, pipeline.Input, more: () => $"{instance.Log}");
            (await Account.ReadAsync(pipeline, topics)).AssertExact(flowers);
            Assert.NotEmpty(asked);
            Assert.All(asked, a => Assert.StartsWith(method, a, StringComparison.Ordinal));
            Assert.All(asked, a => Assert.Contains(text, a, StringComparison.Ordinal));
        }
    }

    private static (string, string) Raw(string property, string value) => ($"Seldon:Kafka:Consumer:sasl.oauthbearer.{property}", value);

    /// <summary>A server of tokens that the broker's handler for tests takes: unsigned.</summary>
    private static async Task<WebApplication> StartAsync(ConcurrentQueue<string> asked)
    {
        var server = WebApplication.CreateSlimBuilder().Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            asked.Enqueue($"{context.Request.Method} {context.Request.QueryString} {Uri.UnescapeDataString(await body.ReadToEndAsync())}");
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            await context.Response.WriteAsJsonAsync(new
            {
                access_token = $"{Encoded("""{"alg":"none"}""")}.{Encoded($$"""{"sub":"alice","scope":"kafka","iat":{{now}},"exp":{{now + 3600}}}""")}.",
                token_type = "Bearer",
                expires_in = 3600,
            });
        });
        await server.StartAsync();
        return server;

        static string Encoded(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }
}
