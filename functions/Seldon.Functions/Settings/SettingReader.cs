using System.Globalization;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.SeldonDeployments;
using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.Settings;

/// <summary>
/// Reads single settings and collects what is wrong with them. A setting that is empty counts as not set; then the one holds that a
/// manifest brings.
/// </summary>
/// <param name="givenAs">How problems name settings that were given otherwise, such as by a flag of the command line.</param>
internal sealed class SettingReader(IConfiguration configuration, IReadOnlyDictionary<string, string>? givenAs = null)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _wrong = [];
    private readonly Dictionary<string, ManifestSetting> _fromManifest = new(StringComparer.OrdinalIgnoreCase);
    private readonly OrderedDictionary<string, bool> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether nothing is run with them here: what is missing, the machine that runs it may have.</summary>
    public bool IsOnlyShown { get; init; }

    /// <summary>Whether a route without a protocol stays open, for its servers to be asked. If not, its protocol is <see cref="Options.RouteOptions.DefaultProtocol"/>.</summary>
    public bool LeavesProtocolsOpen { get; init; }

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<string> Warnings => _warnings;

    public IConfiguration Configuration => configuration;

    /// <summary>Whether a manifest is to be read, be it right or not.</summary>
    public bool HasManifest => (Text(DeploymentSettings.File) ?? Text(DeploymentSettings.Predictor)) is not null;

    /// <summary>What a manifest sets.</summary>
    public IReadOnlyDictionary<string, ManifestSetting> FromManifest => _fromManifest;

    /// <summary>Takes this for the setting where nothing else sets it.</summary>
    public void SetFallback(string setting, ManifestSetting value) => _fromManifest[setting] = value;

    public void Add(ManifestNotes notes)
    {
        _problems.AddRange(notes.Problems);
        _warnings.AddRange(notes.NotHonoured.Select(n => n.ToString()));
    }

    public void Problem(string setting, string seen, string fix)
    {
        _wrong.Add(setting);
        var name = givenAs?.GetValueOrDefault(setting) ?? (IsFromManifest(setting) ? _fromManifest[setting].ToString() : setting);
        _problems.Add($"{name} {seen}: {fix}.");
    }

    /// <summary>Names a setting whose file is not here.</summary>
    public void MissingFile(string setting, string seen, string fix)
    {
        if (IsOnlyShown) Warn($"{setting} {seen} here: the machine that runs it must have it.");
        else Problem(setting, seen, fix);
    }

    /// <summary>Whether a setting whose name starts so has a problem.</summary>
    public bool IsWrong(string prefix) => _wrong.Any(s => s.StartsWith(prefix, StringComparison.Ordinal));

    public void Warn(string warning) => _warnings.Add(warning);

    /// <summary>Whether the setting is set, a manifest aside.</summary>
    public bool IsSet(string setting) => !string.IsNullOrWhiteSpace(configuration[setting]);

    /// <summary>Whether what holds for the setting stands in a manifest.</summary>
    public bool IsFromManifest(string setting) => _fromManifest.ContainsKey(setting) && !IsSet(setting);

    /// <summary>Every name that was asked for, whether it is set or not, and those that only other settings make a reader ask for.</summary>
    public IReadOnlyCollection<string> Names => _names.Keys;

    /// <summary>Whether a reader has asked for the setting.</summary>
    public bool IsAsked(string setting) => _names.GetValueOrDefault(setting);

    /// <summary>Names these as settings, although nothing may ask for them with the others as they are.</summary>
    public void Know(params IEnumerable<string> settings)
    {
        foreach (var setting in settings) _names.TryAdd(setting, false);
    }

    /// <summary>Every setting that was asked for and is set, by name, and where.</summary>
    public IReadOnlyList<SettingSource> Sources =>
    [
        .. _names.Where(n => n.Value && (IsSet(n.Key) || IsFromManifest(n.Key))).Select(n => n.Key).Order(StringComparer.Ordinal)
            .Select(n => new SettingSource(n, IsSet(n) ? null : _fromManifest[n], IsSet(n) ? _fromManifest.GetValueOrDefault(n) : null)),
    ];

    /// <summary>What a manifest sets and nothing has asked for, with the places.</summary>
    public IEnumerable<KeyValuePair<string, ManifestSetting>> Unasked => _fromManifest.Where(s => !IsAsked(s.Key) && !IsSet(s.Key));

    /// <summary>The settings of a section with their keys and paths; those that only hold further ones have no value.</summary>
    public IEnumerable<(string Key, string Path, string? Value)> Entries(string section)
    {
        foreach (var name in _fromManifest.Keys.Where(n => n.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase))) _names[name] = true;
        var set = configuration.GetSection(section).GetChildren().Select(c => (c.Key, c.Path, c.Value));
        var brought = _fromManifest.Where(s => s.Key.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase))
            .Select(s => (Below: s.Key[(section.Length + 1)..], s.Value.Value))
            .Select(s => s.Below.Split(':', 2) is [var key, _] ? (key, $"{section}:{key}", null) : (Key: s.Below, Path: $"{section}:{s.Below}", (string?)s.Value));
        return set.Concat(brought).DistinctBy(e => e.Key, StringComparer.OrdinalIgnoreCase);
    }

    public string? Text(string setting) => ValueOf(setting)?.Trim() is { Length: > 0 } text ? text : null;

    public string Required(string setting, string fix)
    {
        if (Text(setting) is { } text) return text;
        Problem(setting, "is not set", fix);
        return "";
    }

    /// <summary>A secret, to the last space. With a line end it is a mistake that no server's refusal would explain.</summary>
    public string? Secret(string setting)
    {
        if (ValueOf(setting) is not { Length: > 0 } secret) return null;
        if (secret.AsSpan().ContainsAny('\r', '\n'))
            Problem(setting, secret.TrimEnd('\r', '\n').AsSpan().ContainsAny('\r', '\n') ? "has a line end in it" : "ends with a line end", "remove it; a value made from a file takes the line end with it (echo -n writes none)");
        return secret;
    }

    public int Number(string setting, int otherwise, int least, int most) => Number(setting, least, most, $"{otherwise}") ?? otherwise;

    /// <param name="otherwise">What holds without the setting, to follow "leave it out for".</param>
    public int? Number(string setting, int least, int most, string otherwise)
    {
        if (Text(setting) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        Problem(setting, $"is '{text}'", $"use a whole number from {least} to {most}, or leave it out for {otherwise}");
        return null;
    }

    public bool Boolean(string setting)
    {
        if (Text(setting) is not { } text) return false;
        if (GoBoolean.Parse(text) is { } value) return value;
        Problem(setting, $"is '{text}'", "use true or false");
        return false;
    }

    /// <summary>One of the allowed words, without regard to case, as the list writes it; null is never returned.</summary>
    public string OneOf(string setting, string otherwise, params string[] allowed)
    {
        if (Text(setting) is not { } text) return otherwise;
        if (allowed.FirstOrDefault(a => a.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        Problem(setting, $"is '{text}'", allowed.Length == 1 ? $"only {allowed[0]} is supported here" : $"use one of {string.Join(", ", allowed)}");
        return otherwise;
    }

    /// <summary>A file that can be read now; its path also when it cannot, which is a problem.</summary>
    public string? File(string setting) => File(setting, out _);

    /// <inheritdoc cref="File(string)"/>
    public string? File(string setting, out bool canBeRead)
    {
        canBeRead = false;
        if (Text(setting) is not { } path) return null;
        try
        {
            using var _ = System.IO.File.OpenRead(path);
            canBeRead = true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            MissingFile(setting, $"is '{path}', which cannot be read", "name a file that is there and that this process may read");
        }
        return path;
    }

    /// <summary>A file's bytes, if it can be read now and is not too large.</summary>
    public byte[]? Bytes(string setting, int most)
    {
        if (Text(setting) is not { } path || File(setting) is null || IsWrong(setting)) return null;
        if (new FileInfo(path).Length <= most) return System.IO.File.ReadAllBytes(path);
        Problem(setting, $"is '{path}', which has {new FileInfo(path).Length} bytes", $"use a file of at most {most} bytes");
        return null;
    }

    /// <summary>A duration, or null for the word <c>never</c>.</summary>
    public TimeSpan? DurationOrNever(string setting, TimeSpan otherwise, TimeSpan longest) =>
        string.Equals(Text(setting), "never", StringComparison.OrdinalIgnoreCase) ? null : Duration(setting, otherwise, longest, ", or never");

    /// <summary>A duration: seconds, or a number with the unit ms, s or m.</summary>
    public TimeSpan Duration(string setting, TimeSpan otherwise, TimeSpan longest, string orElse = "")
    {
        if (Text(setting) is not { } text) return otherwise;
        var (unit, length) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) => (0.001, 2),
            _ when text.EndsWith('s') => (1.0, 1),
            _ when text.EndsWith('m') => (60.0, 1),
            _ => (1.0, 0),
        };
        if (double.TryParse(text.AsSpan(0, text.Length - length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            && number * unit is >= 0.001 and var seconds && seconds <= longest.TotalSeconds)
            return TimeSpan.FromSeconds(seconds);
        Problem(setting, $"is '{text}'",
            $"use a duration above 0 and up to {longest.TotalSeconds:0} s, such as 500ms, 60s or 2m{orElse}, or leave it out for {otherwise.TotalSeconds:0.###} s");
        return otherwise;
    }

    private string? ValueOf(string setting)
    {
        _names[setting] = true;
        return IsFromManifest(setting) ? _fromManifest[setting].Value : configuration[setting];
    }

    // Somebody may have put a password there.
    internal static string WithoutUserInfo(string text) => text.Contains('@', StringComparison.Ordinal) ? "…@" + text[(text.LastIndexOf('@') + 1)..] : text;
}
