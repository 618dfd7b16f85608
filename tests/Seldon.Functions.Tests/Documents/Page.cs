using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Documents;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">The word behind the fence.</param>
internal sealed record CodeBlock(string Language, string Text);

/// <summary>A Markdown page for users or contributors.</summary>
internal sealed partial class Page
{
    /// <param name="path">From the root of the repository, with '/'.</param>
    public Page(string path, string text)
    {
        (Path, Text) = (path, text);
        var (blocks, prose) = (new List<CodeBlock>(), new List<string>());
        string? language = null;
        var block = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var fence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (fence && language is null) (language, block) = (line.Trim()[3..], []);
            else if (fence) (blocks, language) = ([.. blocks, new CodeBlock(language!, string.Concat(block.Select(l => $"{l}\n")))], null);
            else (language is null ? prose : block).Add(line);
        }
        (Blocks, Prose) = (blocks, prose);
    }

    /// <summary>Every page.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. new[] { "README.md", "CONTRIBUTING.md", "samples/README.md" }
            .Concat(Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md").Select(f => $"docs/{System.IO.Path.GetFileName(f)}").Order(StringComparer.Ordinal))
            .Select(Read),
    ];

    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The lines outside of blocks.</summary>
    public IReadOnlyList<string> Prose { get; }

    /// <summary>What its headings are linked by.</summary>
    public IEnumerable<string> Anchors =>
        Prose.Where(l => l.StartsWith('#')).Select(l => NotInAnchors().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>Where its links and images lead.</summary>
    public IEnumerable<string> Links => Prose.SelectMany(l => Link().Matches(l)).Select(m => m.Groups[1].Value);

    public static Page Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Repository.Root, path)));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();
}
