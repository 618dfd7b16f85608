using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Documents;

/// <summary>Every link of a page to another page, a file, a folder or a heading leads somewhere.</summary>
public class LinkTests
{
    [Fact]
    public void Pages_HaveNoLinkToNowhere()
    {
        Assert.InRange(Page.All.Sum(p => p.Links.Count(IsInternal)), 60, 1000);
        Assert.Empty(Page.All.SelectMany(Problems));
    }

    [Fact]
    public void Pages_AreAllLinkedFromTheReadmeOrFromOneThatIs()
    {
        var (seen, next) = (new HashSet<string>(), new Queue<string>(["README.md"]));
        while (next.TryDequeue(out var path))
        {
            if (!seen.Add(path) || Page.All.FirstOrDefault(p => p.Path == path) is not { } page) continue;
            foreach (var link in page.Links.Where(IsInternal)) next.Enqueue(TargetOf(page, link));
        }

        Assert.Empty(Page.All.Select(p => p.Path).Except(seen));
    }

    [Theory]
    [InlineData("[x](nowhere.md)", "docs/x.md: nowhere.md leads nowhere")]
    [InlineData("[x](../samples/none.yaml)", "docs/x.md: ../samples/none.yaml leads nowhere")]
    [InlineData("![x](../keda/none.png)", "docs/x.md: ../keda/none.png leads nowhere")]
    [InlineData("[x](settings.md#no-such-heading)", "docs/x.md: settings.md#no-such-heading names no heading")]
    [InlineData("[x](#here)", "docs/x.md: #here names no heading")]
    public void LinkToNowhere_IsNamed(string text, string problem) => Assert.Equal(problem, Assert.Single(Problems(new Page("docs/x.md", text))));

    [Theory]
    [InlineData("# Here, it's `x`\n[x](#here-its-x)"), InlineData("[x](settings.md#all-settings)"), InlineData("[x](https://example.com/nowhere)"), InlineData("```sh\n[x](nowhere.md)\n```")]
    public void LinkThatLeadsSomewhere_IsNone(string text) => Assert.Empty(Problems(new Page("docs/x.md", text)));

    private static IEnumerable<string> Problems(Page page)
    {
        foreach (var link in page.Links.Where(IsInternal))
        {
            var target = TargetOf(page, link);
            var path = Path.Combine(Repository.Root, target);
            if (target != page.Path && !File.Exists(path) && !Directory.Exists(path)) yield return $"{page.Path}: {link} leads nowhere";
            else if (link.Split('#') is [_, var anchor] && !(target == page.Path ? page : Page.Read(target)).Anchors.Contains(anchor)) yield return $"{page.Path}: {link} names no heading";
        }
    }

    private static bool IsInternal(string link) => !link.Contains("://", StringComparison.Ordinal);

    /// <summary>The path that is linked to, from the root.</summary>
    private static string TargetOf(Page page, string link)
    {
        var file = link.Split('#')[0];
        return file.Length == 0 ? page.Path : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(page.Path)!, file)).Replace('\\', '/');
    }
}
