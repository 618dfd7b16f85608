using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Seldon.Functions;

/// <summary>Reads single settings and collects what is wrong with them. A setting that is empty counts as not set.</summary>
internal sealed class SettingReader(IConfiguration configuration)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<string> Warnings => _warnings;

    public IConfiguration Configuration => configuration;

    public void Problem(string setting, string seen, string fix) => _problems.Add($"{setting} {seen}: {fix}.");

    public void Warn(string warning) => _warnings.Add(warning);

    public string? Text(string setting) => string.IsNullOrWhiteSpace(configuration[setting]) ? null : configuration[setting]!.Trim();

    public string Required(string setting, string fix)
    {
        if (Text(setting) is { } text) return text;
        Problem(setting, "is not set", fix);
        return "";
    }

    /// <summary>A secret, to the last space.</summary>
    public string? Secret(string setting) => string.IsNullOrEmpty(configuration[setting]) ? null : configuration[setting];

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
        if (bool.TryParse(text, out var value)) return value;
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

    /// <summary>A file that can be read now.</summary>
    public string? File(string setting)
    {
        if (Text(setting) is not { } path) return null;
        try
        {
            using var _ = System.IO.File.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Problem(setting, $"is '{path}', which cannot be read", "name a file that is there and that this process may read");
        }
        return path;
    }

    /// <summary>A duration: seconds, or a number with the unit ms, s or m.</summary>
    public TimeSpan Duration(string setting, TimeSpan otherwise, TimeSpan longest)
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
            $"use a duration above 0 and up to {longest.TotalSeconds:0} s, such as 500ms, 60s or 2m, or leave it out for {otherwise.TotalSeconds:0} s");
        return otherwise;
    }

    /// <summary>An address scheme://host:port without a path.</summary>
    public Uri? Address(string setting)
    {
        if (Text(setting) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" })
            return uri;
        Problem(setting, $"is '{WithoutUserInfo(text)}'", "use scheme://host:port with http or https and without a path, such as http://localhost:8501");
        return null;
    }

    // Somebody may have put a password there.
    private static string WithoutUserInfo(string text) => text.Contains('@', StringComparison.Ordinal) ? "…@" + text[(text.LastIndexOf('@') + 1)..] : text;
}
