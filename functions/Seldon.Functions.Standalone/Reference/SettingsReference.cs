using System.Text.RegularExpressions;

namespace Seldon.Functions.Standalone.Reference;

/// <summary>A setting as docs/settings.md describes it.</summary>
/// <param name="Section">The heading that it stands under.</param>
/// <param name="Name">Its name.</param>
/// <param name="Default">What holds without it, as the page says; empty for nothing.</param>
/// <param name="Meaning">What it does.</param>
internal sealed record SettingDescription(string Section, string Name, string Default, string Meaning)
{
    public bool IsRequired => Default.StartsWith("required", StringComparison.Ordinal);

    /// <summary>Whether the name stands for many.</summary>
    public bool IsPattern => Name.Contains('*', StringComparison.Ordinal) || Name.Contains(":NAME", StringComparison.Ordinal) || Name.Contains(":N:", StringComparison.Ordinal);
}

/// <summary>All settings, from the page that lists them, which is a part of this program.</summary>
internal static partial class SettingsReference
{
    private const string Page = "settings.md";
    private const string Start = "## All settings";

    public static IReadOnlyList<SettingDescription> All { get; } = [.. Parse(Read())];

    /// <summary>The settings in the tables of the page.</summary>
    internal static IEnumerable<SettingDescription> Parse(string page)
    {
        var section = "";
        foreach (var line in page.Split('\n').SkipWhile(l => l != Start).Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal)) section = line[4..];
            if (!line.StartsWith("| `", StringComparison.Ordinal)) continue;
            var cells = CellEnd().Split(line).Select(c => c.Trim()).ToList();
            foreach (Match name in Code().Matches(cells[1])) yield return new SettingDescription(section, name.Groups[1].Value, Plain(cells[2]), Plain(cells[3]));
        }
    }

    private static string Read()
    {
        using var stream = typeof(SettingsReference).Assembly.GetManifestResourceStream(Page)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Plain(string markdown) => Link().Replace(markdown, "$1").Replace("`", "", StringComparison.Ordinal).Replace("\\|", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellEnd();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Link();
}
