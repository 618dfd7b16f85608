using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Settings;
using Seldon.Functions.Standalone.OpenProtocols;

namespace Seldon.Functions.Standalone.Reference;

/// <summary>A setting with its value, and where that comes from.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Value">Its value; of a secret, only that there is one.</param>
/// <param name="From">environment, a file, a place in a manifest, or default.</param>
internal sealed record EffectiveSetting(string Name, string Value, string From);

/// <summary>What holds, by name.</summary>
internal static class EffectiveSettings
{
    public const string ByDefault = "default";

    private const int Longest = 200;

    /// <summary>What stands in the name of a setting whose value nobody should see.</summary>
    private static readonly string[] Secrets = ["PASS", "SECRET", "TOKEN", "JAAS", "CLIENTKEY", "KEYPEM", ":HEADERS:", "OAUTHBEARERCONFIG", "ASSERTION", "ENGINEPREDICTOR"];

    /// <summary>What names a place, not the secret itself.</summary>
    private static readonly string[] Places = ["FILE", "URL", "LOCATION"];

    /// <param name="open">Routes whose servers do not say which protocol they speak.</param>
    public static IEnumerable<EffectiveSetting> Of(IConfiguration configuration, ProcessorSettings settings, IReadOnlyList<OpenRoute> open)
    {
        var fromManifest = settings.Sources.Where(s => s.FromManifest is not null).ToDictionary(s => s.Name, s => s.FromManifest!, StringComparer.OrdinalIgnoreCase);
        var set = settings.Sources.Select(s => s.Name)
            .Concat(configuration.GetSection("Seldon").AsEnumerable().Where(s => s.Value is not null).Select(s => s.Key))
            .Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var named = set.Select(n => fromManifest.TryGetValue(n, out var manifest)
            ? new EffectiveSetting(n, Show(n, manifest.Value), $"{manifest}")
            : new EffectiveSetting(n, Show(n, configuration[n] ?? ""), PlaceOf(configuration, n)));
        var unknown = open.Select(o => new EffectiveSetting(o.Setting, "", $"asked for when 'run' starts; now {o.Why}"));
        var unset = SettingsReference.All.Where(s => s is { IsPattern: false, IsRequired: false, Default.Length: > 0 } && !set.Contains(s.Name, StringComparer.OrdinalIgnoreCase) && open.All(o => o.Setting != s.Name))
            .Select(s => new EffectiveSetting(s.Name, Computed(s.Name, settings) is { Length: > 0 } computed ? computed : s.Default, ByDefault));
        return named.Concat(unknown).Concat(unset).OrderBy(s => s.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Where a setting stands that no manifest sets: the source that wins.</summary>
    public static string PlaceOf(IConfiguration configuration, string setting) =>
        ((IConfigurationRoot)configuration).Providers.LastOrDefault(p => p.TryGet(setting, out _)) switch
        {
            JsonConfigurationProvider json => json.Source.Path!,
            FoundProtocols => FoundProtocols.Origin,
            ChainedConfigurationProvider all => PlaceOf(all.Configuration, setting),
            _ => "environment",
        };

    /// <summary>A default that other settings decide.</summary>
    private static string? Computed(string name, ProcessorSettings settings) => name switch
    {
        "KAFKA_CONSUMER_GROUP" => settings.Kafka.Group,
        "KAFKA_ERROR_TOPIC" => settings.Kafka.Output.Errors,
        // Where no route is open, nobody is asked.
        "SELDON_PROTOCOL" when settings.Engine.Routes.All(r => r.OpenProtocol is null) => RouteOptions.DefaultProtocol,
        _ => null,
    };

    private static string Show(string name, string value)
    {
        var letters = new string([.. name.Where(c => char.IsAsciiLetterOrDigit(c) || c == ':').Select(char.ToUpperInvariant)]);
        if (Secrets.Any(s => letters.Contains(s, StringComparison.Ordinal)) && !Places.Any(p => letters.EndsWith(p, StringComparison.Ordinal))) return "(secret)";
        var text = value.Contains("://", StringComparison.Ordinal) ? SettingReader.WithoutUserInfo(value) : value;
        return text.Length <= Longest ? text.ReplaceLineEndings("\\n") : $"{text[..Longest].ReplaceLineEndings("\\n")}… ({text.Length} characters)";
    }
}
