using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Settings;

namespace Seldon.Functions.App;

/// <summary>
/// The settings of the app. Some are different where the Functions host reads the input topic: its extension can do less than our own consumer.
/// </summary>
/// <param name="Processor">What is common to all hosts.</param>
/// <param name="DeliversThroughHost">
/// Whether results that are text leave through the host's output binding, which promises neither order nor delivery, instead of being published
/// and acknowledged. Setting: <c>KAFKA_DELIVERY=host</c>; default false.
/// </param>
public sealed record FunctionsAppSettings(ProcessorSettings Processor, bool DeliversThroughHost)
{
    /// <summary>Reads the app's settings; what is wrong with them is among <see cref="ProcessorSettings.Problems"/>.</summary>
    public static FunctionsAppSettings Read(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        var processor = ProcessorSettings.ReadFor(reader, ["acknowledged", "host"], Check);
        return new FunctionsAppSettings(processor, string.Equals(reader.Text("KAFKA_DELIVERY"), "host", StringComparison.OrdinalIgnoreCase));
    }

    private static void Check(SettingReader reader, KafkaOptions kafka)
    {
        if (kafka.InputTopics.Count > 1)
            reader.Problem("KAFKA_INPUT_TOPIC", $"and Seldon:Routes name {kafka.InputTopics.Count} input topics", "the Functions app reads only one; start one app for each, or use the standalone host");
        if (kafka.ConsumerGroupProtocol)
            reader.Problem("KAFKA_GROUP_PROTOCOL", "is 'consumer'", "the Functions host speaks classic only; remove it, or use the standalone host");
        foreach (var setting in (string[])["KAFKA_SSL_CLIENT_KEY", "KAFKA_SSL_CLIENT_CERT", "KAFKA_SSL_CA_CERT"]) CheckPem(reader, setting);
        CheckMechanism(reader, kafka);
        CheckSecurityOfManifest(reader, kafka);
        if (reader.Entries("Seldon:Window").Any()) WarnOfSection("Seldon:Window");
        if (kafka.Consumer.Keys.Any(p => !ConnectionProperties.Include(p))) WarnOfSection("Seldon:Kafka:Consumer");
        if (ConnectionProperties.In(kafka.Consumer).Concat(ConnectionProperties.In(kafka.Producer)).Select(p => p.Key).Distinct().ToList() is { Count: > 0 } properties)
            reader.Warn($"{string.Join(", ", properties)}: the trigger does not take raw Kafka properties; they hold for what this program publishes only.");

        void WarnOfSection(string section) => reader.Warn($"{section} has no effect here: the Functions host reads the topic. See extensions.kafka in host.json.");
    }

    /// <summary>The trigger authenticates by names and secrets alone; raw properties, which other methods need, do not reach it.</summary>
    private static void CheckMechanism(SettingReader reader, KafkaOptions kafka)
    {
        const string setting = "KAFKA_SASL_MECHANISM";
        var mechanism = kafka.Security.GetValueOrDefault("sasl.mechanism");
        if (mechanism == "GSSAPI")
            reader.Problem(setting, "is 'GSSAPI', for which the Functions host's trigger has no settings", "use another mechanism, or the standalone host");
        else if (mechanism == "OAUTHBEARER" && !reader.IsWrong("KAFKA_SASL_") && !kafka.Security.ContainsKey("sasl.oauthbearer.client.secret"))
            reader.Problem(setting, "is 'OAUTHBEARER' without a client's id and secret", "set KAFKA_SASL_OAUTHBEARER_CLIENT_ID, …_CLIENT_SECRET and …_TOKEN_ENDPOINT_URL: the Functions host's trigger knows no other method; or use the standalone host");
    }

    /// <summary>What is secret is named to the host, not handed over: it must find the setting itself.</summary>
    private static void CheckSecurityOfManifest(SettingReader reader, KafkaOptions kafka)
    {
        if (kafka.Security.Count <= 1) return;
        foreach (var (name, setting) in reader.FromManifest.Where(s => s.Key.StartsWith("KAFKA_SSL_", StringComparison.OrdinalIgnoreCase) || s.Key.StartsWith("KAFKA_SASL_", StringComparison.OrdinalIgnoreCase)))
        {
            if (reader.IsFromManifest(name) && name != "KAFKA_SASL_MECHANISM")
                reader.Problem(name, "is only in the manifest", "set it among the app's own settings: the Functions host, which needs it, does not read the manifest");
        }
    }

    /// <summary>The trigger takes a text apart itself, and silently leaves out what it does not look for.</summary>
    private static void CheckPem(SettingReader reader, string setting)
    {
        if (reader.Text(setting) is not { } text || !text.Contains("-----BEGIN", StringComparison.Ordinal)) return;
        var wanted = setting == "KAFKA_SSL_CLIENT_KEY" ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN CERTIFICATE-----";
        if (!text.Contains(wanted, StringComparison.Ordinal))
            reader.Problem(setting, $"has no {wanted}", $"the Functions host takes no other kind as text; give the path of a file as {setting}_FILE");
        else if (text.Split(wanted).Length > 2)
            reader.Problem(setting, $"has {text.Split(wanted).Length - 1} parts", $"the Functions host takes the first of a text only; give the path of a file as {setting}_FILE");
    }
}
