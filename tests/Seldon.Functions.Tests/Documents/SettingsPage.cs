using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The settings that docs/settings.md lists: those in the first cells of its tables.</summary>
internal static partial class SettingsPage
{
    public static IReadOnlyList<string> Names { get; } = NamesIn(Page.Read("docs/settings.md"));

    /// <summary>The settings whose default is a value, with it.</summary>
    public static IReadOnlyList<(string Name, string Value)> Defaults { get; } =
        [.. Page.Read("docs/settings.md").Prose.Select(l => Row().Match(l)).Where(m => m.Success && !m.Groups[1].Value.Contains(":N:", StringComparison.Ordinal)).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];

    public static IReadOnlyList<string> NamesIn(Page page) =>
        [.. page.Prose.Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Name().Matches(l.Split(" | ")[0])).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    /// <summary>A row with one name and one value; a placeholder is none.</summary>
    [GeneratedRegex(@"^\| `([A-Za-z_:]+)` \| `([^`<]+)` \|")]
    private static partial Regex Row();
}
