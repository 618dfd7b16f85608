using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Seldon.Functions.Settings;

/// <summary>
/// Warns of what looks like a setting and is read by nothing, and names the setting that was probably meant: misspelt names, and sections
/// that the names only suggest. Such names may belong to other programs, so that they are no problems.
/// </summary>
internal static partial class UnreadSettings
{
    private static readonly string[] Prefixes = ["KAFKA_", "MODEL_", "SELDON_"];

    /// <summary>Sections that somebody may expect; ours begin with <c>Seldon</c>.</summary>
    private static readonly string[] Sections = ["Kafka", "Model", "Routes", "Window", "Nodes", "Values"];

    /// <summary>Settings that only a manifest makes a reader ask for, and that of the executor's command line.</summary>
    private static readonly string[] OfManifests = ["SELDON_PREDICTOR", "SELDON_DEPLOYMENT_ID", "SELDON_ANNOTATIONS_FILE", "SELDON_LOG_LEVEL"];

    public static void Warn(SettingReader reader)
    {
        reader.Know([.. RouteSettings.FlatNames, .. OfManifests]);
        var names = reader.Names.Where(n => !n.Contains(':', StringComparison.Ordinal)).ToList();
        foreach (var (name, unread) in reader.Unasked)
            reader.Warn($"{unread} has no effect here: this program reads no such setting, or reads it from its own environment only.{(names.Contains(name) ? "" : Hint(name, names))}");

        var children = reader.Configuration.GetChildren().ToList();
        var unknown = children.Where(c => Prefixes.Any(p => c.Key.StartsWith(p, StringComparison.OrdinalIgnoreCase)))
            .Where(c => !names.Contains(c.Key, StringComparer.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(c.Value) && !IsOfKubernetes(c.Key, c.Value)).ToList();
        var foreign = new List<string>();
        foreach (var name in unknown.Select(c => c.Key))
        {
            if (Hint(name, names) is { Length: > 0 } hint) reader.Warn($"{name} is no setting and has no effect.{hint}");
            else foreign.Add(name);
        }
        if (foreign.Count > 0)
            reader.Warn($"{string.Join(", ", foreign)}: no {(foreign.Count == 1 ? "setting" : "settings")} of this program, without effect here. All settings are in docs/settings.md.");

        foreach (var leaf in children.Where(c => Sections.Contains(c.Key, StringComparer.OrdinalIgnoreCase)).SelectMany(Leaves))
            reader.Warn($"{leaf} is read by nothing.{SectionHint(leaf, names)}");
    }

    private static string Hint(string name, IReadOnlyList<string> names) => NearestName.Of(name, names) is { } meant ? $" Did you mean {meant}?" : "";

    private static string SectionHint(string path, IReadOnlyList<string> names)
    {
        var section = path.Split(':')[0].ToUpperInvariant();
        if (section == "VALUES" && path.Split(':') is [_, var name] && names.Contains(name)) return $" Set {name} at the top level, or in the environment.";
        if (section is not ("KAFKA" or "MODEL")) return $" Did you mean Seldon:{path}?";
        return NearestName.Of(path, names) is { } meant ? $" Did you mean {meant}?" : " Settings stand at the top level, such as KAFKA_BROKER, or below Seldon.";
    }

    private static IEnumerable<string> Leaves(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        return children.Count > 0 ? children.SelectMany(Leaves) : string.IsNullOrWhiteSpace(section.Value) ? [] : [section.Path];
    }

    /// <summary>Kubernetes names the services of a namespace in the environment of its pods.</summary>
    private static bool IsOfKubernetes(string name, string value) =>
        ServiceLink().IsMatch(name) || (name.EndsWith("_PORT", StringComparison.Ordinal) && value.Contains("://", StringComparison.Ordinal));

    [GeneratedRegex("_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceLink();
}
