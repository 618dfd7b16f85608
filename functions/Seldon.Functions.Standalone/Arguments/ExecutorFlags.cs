using Microsoft.Extensions.Configuration;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Standalone.Arguments;

/// <summary>
/// The command line of Seldon's executor, which its operator starts with flags and no command: this image can stand in for the executor's.
/// The flags are written as Go reads them: one dash or two, values after '=' or in the next argument, switches with '=' only.
/// </summary>
internal sealed class ExecutorFlags
{
    private const string NoRpc = "no RPC is served";
    private const string NoPayloadLog = "payloads are not logged; the topics hold them";
    private const string On = "true";
    private const string Off = "false";

    /// <summary>Flags that have no effect here, and why.</summary>
    private static readonly Dictionary<string, string> WithoutEffect = new()
    {
        ["grpc_port"] = NoRpc,
        ["full_health_checks"] = "being ready is being in the consumer group; an outage of a server holds its records",
        ["graceful_timeout"] = "in-flight records are finished, in 25 s at most",
        ["shutdown_delay"] = NoRpc,
        ["config"] = "Kubernetes is not asked for the graph",
        ["hostname"] = NoRpc,
        ["logger_workers"] = NoPayloadLog,
        ["log_work_buffer_size"] = NoPayloadLog,
        ["log_write_timeout_ms"] = NoPayloadLog,
        ["log_kafka_broker"] = NoPayloadLog,
        ["log_kafka_topic"] = NoPayloadLog,
    };

    /// <summary>Flags that are settings, and whether they win over the environment: the executor's own rules, but for protocol and transport.</summary>
    private static readonly Dictionary<string, (string Setting, bool Wins)> Settings = new()
    {
        ["sdep"] = ("SELDON_DEPLOYMENT_ID", true),
        ["namespace"] = ("POD_NAMESPACE", true),
        ["predictor"] = ("SELDON_PREDICTOR", true),
        ["http_port"] = ("SELDON_HTTP_PORT", true),
        ["prometheus_path"] = ("SELDON_METRICS_PATH", true),
        ["file"] = ("SELDON_DEPLOYMENT", true),
        ["kafka_broker"] = ("KAFKA_BROKER", true),
        ["kafka_input_topic"] = ("KAFKA_INPUT_TOPIC", true),
        ["kafka_output_topic"] = ("KAFKA_OUTPUT_TOPIC", true),
        ["kafka_workers"] = ("KAFKA_WORKERS", false),
        ["kafka_auto_commit"] = ("KAFKA_AUTO_COMMIT", false),
        ["kafka_full_graph"] = ("KAFKA_FULL_GRAPH", false),
        // The operator always passes them: only so can svcOrchSpec.env ask for 'auto'.
        ["protocol"] = ("SELDON_PROTOCOL", false),
        ["transport"] = ("SELDON_TRANSPORT", false),
        ["log_level"] = (LogLevel, false),
        ["debug"] = (LogLevel, false),
    };

    private const string LogLevel = "Logging:LogLevel:Default";

    private static readonly Dictionary<string, string> LogLevels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DEBUG"] = "Debug",
        ["INFO"] = "Information",
        ["WARN"] = "Warning",
        ["WARNING"] = "Warning",
        ["ERROR"] = "Error",
        ["FATAL"] = "Critical",
    };

    private static readonly string[] Switches = ["debug", "full_health_checks", "kafka_auto_commit", "kafka_full_graph"];

    private readonly Dictionary<string, string> _given = [];
    private readonly List<string> _problems = [];

    /// <summary>Whether this is a command line of the executor: it starts with one of its flags.</summary>
    public static bool Are(string[] arguments) => arguments is [['-', ..] first, ..] && IsKnown(NameOf(first));

    public ExecutorFlags(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = NameOf(arguments[i]);
            if (!arguments[i].StartsWith('-') || !IsKnown(name)) _problems.Add($"{arguments[i].Split('=')[0]} is no flag of Seldon's executor: remove it.");
            else if (arguments[i].Split('=', 2) is [_, var value]) _given[name] = Switches.Contains(name) ? SwitchOf(name, value) : value;
            else if (Switches.Contains(name)) _given[name] = On;
            else if (i + 1 < arguments.Length) _given[name] = arguments[++i];
            else _problems.Add($"--{name} has no value: give it one.");
        }
        if (_given.TryGetValue("log_level", out var level) && LevelOf(level) is null)
            _problems.Add($"--log_level is '{level}': use one of {string.Join(", ", LogLevels.Keys)}.");
        if (_given.TryGetValue("server_type", out var type) && type != "kafka")
            _problems.Add($"--server_type is '{type}': this program answers records, not RPC; set spec.serverType of the SeldonDeployment to kafka, or leave Seldon's executor in its place.");
    }

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<string> Warnings =>
        [.. _given.Keys.Where(WithoutEffect.ContainsKey).GroupBy(f => WithoutEffect[f]).Select(g => $"{string.Join(", ", g.Select(f => $"--{f}"))}: no effect here, {g.Key}.")];

    /// <summary>The flags by the settings that they give; known when <see cref="Over"/> has been asked.</summary>
    public Dictionary<string, string> GivenAs { get; } = [];

    /// <summary>The settings with what the flags say.</summary>
    public IConfiguration Over(IConfiguration configuration)
    {
        var settings = new Dictionary<string, string?>();
        // The flags' own default for the level of logs.
        if (configuration["SELDON_LOG_LEVEL"] is { Length: > 0 } level) Set(LogLevel, false, LevelOf(level));
        foreach (var (name, value) in _given)
        {
            if (!Settings.TryGetValue(name, out var known)) continue;
            var text = name switch { "log_level" => LevelOf(value), "debug" => value == On ? "Debug" : null, _ => value };
            if (text is not null && Set(known.Setting, known.Wins, text)) GivenAs[known.Setting] = $"--{name}";
            // A file is read instead of the predictor in the environment.
            if (name == "file") Set("ENGINE_PREDICTOR", true, "");
        }
        return new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(settings).Build();

        bool Set(string setting, bool wins, string? value)
        {
            if (!wins && !string.IsNullOrWhiteSpace(configuration[setting])) return false;
            settings[setting] = value;
            return true;
        }
    }

    private string SwitchOf(string name, string value)
    {
        if (GoBoolean.Parse(value) is { } isOn) return isOn ? On : Off;
        _problems.Add($"--{name} is '{value}': use true or false.");
        return Off;
    }

    private static string? LevelOf(string word) => LogLevels.GetValueOrDefault(word);

    private static bool IsKnown(string name) => name == "server_type" || Settings.ContainsKey(name) || WithoutEffect.ContainsKey(name);

    private static string NameOf(string argument) => (argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument.TrimStart('-')).Split('=')[0];
}
