using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The settings that docs/settings.md lists: those in the first cells of its tables.</summary>
internal static partial class SettingsPage
{
    public static IReadOnlyList<string> Names { get; } = NamesIn(Page.Read("docs/settings.md"));

    public static IReadOnlyList<string> NamesIn(Page page) =>
        [.. page.Prose.Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Name().Matches(l.Split(" | ")[0])).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
