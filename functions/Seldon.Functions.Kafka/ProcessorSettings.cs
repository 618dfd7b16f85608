using System.Net;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Options;
using Seldon.Functions.SeldonDeployments;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Kafka;

/// <summary>
/// All settings, read once at start. Either everything is right, or <see cref="Problems"/> holds every mistake at once, each
/// naming the setting, what was seen and what to do.
/// </summary>
public sealed class ProcessorSettings
{
    /// <summary>What our own consumer can keep.</summary>
    private static readonly string[] OwnDeliveries = ["acknowledged", "exactly-once"];

    /// <summary>The engine's options; meaningful only without problems.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>The Kafka options; meaningful only without problems.</summary>
    public required KafkaOptions Kafka { get; init; }

    /// <summary>The port for the status page, health checks and metrics; null opens none. Setting: <c>SELDON_HTTP_PORT</c>.</summary>
    public int? HttpPort { get; init; }

    /// <summary>The address that the port is opened at; null for all. Setting: <c>SELDON_HTTP_ADDRESS</c>.</summary>
    public IPAddress? HttpAddress { get; init; }

    /// <summary>Where Prometheus' format is served besides <c>/metrics</c>. Setting: <c>SELDON_METRICS_PATH</c>.</summary>
    public string? MetricsPath { get; init; }

    /// <summary>Every mistake. Empty if all is right.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The graph of the manifest; null without one, or with problems.</summary>
    internal DeployedGraph? Graph { get; init; }

    /// <summary>Every setting that was looked at and is set, and where.</summary>
    internal IReadOnlyList<SettingSource> Sources { get; init; } = [];

    /// <summary>What is set and has no effect here.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>
    /// Reads the settings that docs/settings.md lists from environment, appsettings or any other source. A protocol that is not set is
    /// <c>seldon</c>; nobody is asked for it here.
    /// </summary>
    /// <param name="givenAs">How settings are to be named in problems where they were given otherwise, such as by a flag.</param>
    /// <param name="isOnlyShown">Nothing is run with them here: a file, broker or topic that is missing is a warning.</param>
    public static ProcessorSettings Read(
        IConfiguration configuration, IReadOnlyDictionary<string, string>? givenAs = null, bool isOnlyShown = false) =>
        ReadFor(new SettingReader(configuration, givenAs) { IsOnlyShown = isOnlyShown }, OwnDeliveries, static (_, _) => { });

    /// <summary>Reads the settings, and leaves those routes open whose servers are to be asked for their protocol.</summary>
    internal static ProcessorSettings ReadOpen(IConfiguration configuration, IReadOnlyDictionary<string, string>? givenAs = null) =>
        ReadFor(new SettingReader(configuration, givenAs) { LeavesProtocolsOpen = true }, OwnDeliveries, static (_, _) => { });

    /// <summary>Reads the settings for a host that reads the input topics itself.</summary>
    /// <param name="deliveries">The values of <c>KAFKA_DELIVERY</c> that the host can keep, the default first.</param>
    /// <param name="checkHost">Adds what is wrong, or has no effect, in that host.</param>
    internal static ProcessorSettings ReadFor(SettingReader reader, string[] deliveries, Action<SettingReader, KafkaOptions> checkHost)
    {
        var deployment = DeploymentSettings.Read(reader);
        var graph = deployment is null ? null : GraphSettings.Read(reader, deployment);
        var routes = RouteSettings.Read(reader, graph);
        var kafka = KafkaSettings.Read(reader, routes, deployment, deliveries);
        var httpPort = reader.Number("SELDON_HTTP_PORT", 1, 65_535, "none");
        var httpAddress = ReadHttpAddress(reader);
        var metricsPath = ReadMetricsPath(reader);

        if (httpPort is null && reader.Text("SELDON_HTTP_ADDRESS") is not null) reader.Warn("SELDON_HTTP_ADDRESS has no effect without SELDON_HTTP_PORT.");
        if (reader.Boolean("KAFKA_AUTO_COMMIT"))
            reader.Warn($"KAFKA_AUTO_COMMIT={reader.Text("KAFKA_AUTO_COMMIT")} has no effect: an offset is committed after its result is acknowledged, so that nothing is lost.");
        if (reader.Boolean("KAFKA_FULL_GRAPH"))
            reader.Problem("KAFKA_FULL_GRAPH", $"is '{reader.Text("KAFKA_FULL_GRAPH")}', but topics between the nodes of a graph are not supported", "remove it");
        checkHost(reader, kafka);
        UnknownSettings.Check(reader);
        UnreadSettings.Warn(reader);

        return new ProcessorSettings
        {
            Engine = new EngineOptions { Routes = routes },
            Kafka = KafkaSettings.WithoutWrongSecurity(reader, kafka),
            HttpPort = httpPort,
            HttpAddress = httpAddress,
            MetricsPath = metricsPath,
            Graph = graph,
            Sources = reader.Sources,
            Problems = reader.Problems,
            Warnings = reader.Warnings,
        };
    }

    /// <summary>The Kafka settings alone, for what asks no model; what is wrong with the others is not looked at.</summary>
    /// <param name="problems">Every mistake. Empty if all is right.</param>
    internal static KafkaOptions ReadKafka(IConfiguration configuration, out IReadOnlyList<string> problems)
    {
        var reader = new SettingReader(configuration);
        var deployment = DeploymentSettings.Read(reader);
        // The routes have topics of their own; a graph has not.
        var routes = RouteSettings.Read(new SettingReader(configuration), null);
        var kafka = KafkaSettings.Read(reader, routes, deployment, OwnDeliveries);
        UnknownSettings.Check(reader);
        problems = reader.Problems;
        return KafkaSettings.WithoutWrongSecurity(reader, kafka);
    }

    private static IPAddress? ReadHttpAddress(SettingReader reader)
    {
        if (reader.Text("SELDON_HTTP_ADDRESS") is not { } text) return null;
        if (IPAddress.TryParse(text, out var address)) return address;
        reader.Problem("SELDON_HTTP_ADDRESS", $"is '{text}'", "use an IP address of this machine, such as 127.0.0.1, or leave it out for all");
        return null;
    }

    private static string? ReadMetricsPath(SettingReader reader)
    {
        if (reader.Text("SELDON_METRICS_PATH") is not { } path) return null;
        if (!path.StartsWith('/') || path.Any(c => !char.IsAscii(c) || char.IsControl(c) || c is ' ' or '?' or '#'))
            reader.Problem("SELDON_METRICS_PATH", $"is '{path}'", "use a path such as /prometheus");
        return path;
    }
}
