using Microsoft.Extensions.Configuration;

namespace Seldon.Functions;

/// <summary>
/// All settings, read once at start. Either everything is right, or <see cref="Problems"/> holds every mistake at once, each
/// naming the setting, what was seen and what to do.
/// </summary>
public sealed class Settings
{
    /// <summary>The engine's options; meaningful only without problems.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>The Kafka options; meaningful only without problems.</summary>
    public required KafkaOptions Kafka { get; init; }

    /// <summary>The port for health checks and metrics; null opens none. Setting: <c>SELDON_HTTP_PORT</c>.</summary>
    public int? HttpPort { get; init; }

    /// <summary>Every mistake. Empty if all is right.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What is set and has no effect here.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads the settings that the README lists from environment, appsettings or any other source.</summary>
    /// <param name="host">Who will read the input topics: it decides what is possible.</param>
    public static Settings Read(IConfiguration configuration, HostKind host = HostKind.Standalone)
    {
        var reader = new SettingReader(configuration);
        var routes = RouteSettings.Read(reader);
        var kafka = KafkaSettings.Read(reader, routes, host);

        if (reader.Text("SELDON_DEPLOYMENT") is not null)
            reader.Problem("SELDON_DEPLOYMENT", "is not read by this version", "set MODEL_NAME, MODEL_REST_URL, MODEL_GRPC_URL and SELDON_PROTOCOL instead");
        if (reader.Text("ENGINE_PREDICTOR") is not null)
            reader.Warn("ENGINE_PREDICTOR is not read by this version: the model comes from MODEL_NAME, MODEL_REST_URL and MODEL_GRPC_URL.");
        if (reader.Boolean("KAFKA_AUTO_COMMIT"))
            reader.Warn("KAFKA_AUTO_COMMIT=true has no effect: an offset is committed after its result is acknowledged, so that nothing is lost.");
        if (reader.Boolean("KAFKA_FULL_GRAPH"))
            reader.Problem("KAFKA_FULL_GRAPH", "is 'true', but topics between the nodes of a graph are not supported", "remove it");
        if (host == HostKind.FunctionsApp) FunctionsAppSettings.Check(reader, kafka);

        return new Settings
        {
            Engine = new EngineOptions { Routes = routes },
            Kafka = kafka,
            HttpPort = reader.Number("SELDON_HTTP_PORT", 1, 65_535, "none"),
            Problems = reader.Problems,
            Warnings = reader.Warnings,
        };
    }

    /// <summary>The Kafka settings alone, for what asks no model; what is wrong with the others is not looked at.</summary>
    /// <param name="problems">Every mistake. Empty if all is right.</param>
    internal static KafkaOptions ReadKafka(IConfiguration configuration, out IReadOnlyList<string> problems)
    {
        var reader = new SettingReader(configuration);
        // The routes have topics of their own.
        var kafka = KafkaSettings.Read(reader, RouteSettings.Read(new SettingReader(configuration)), HostKind.Standalone);
        problems = reader.Problems;
        return kafka;
    }
}
