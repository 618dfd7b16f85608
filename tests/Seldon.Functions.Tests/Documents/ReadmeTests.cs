using System.Text;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The README is read in three minutes; all else is in docs/.</summary>
public class ReadmeTests
{
    private const int MostLines = 150;
    private const int MostBytes = 9 * 1024;

    private static readonly Page Readme = Page.Read("README.md");

    [Fact]
    public void Readme_IsReadInThreeMinutes() => Assert.Empty(Problems(Readme.Text));

    [Fact]
    public void ReadmeThatGrows_IsSeen()
    {
        Assert.Contains($"{MostLines} lines", Assert.Single(Problems(string.Concat(Enumerable.Repeat("x\n", MostLines + 1)))), StringComparison.Ordinal);
        Assert.Contains($"{MostBytes} bytes", Assert.Single(Problems(new string('ü', MostBytes - 1))), StringComparison.Ordinal);
    }

    /// <summary>What the build server runs is what the README tells a reader to run.</summary>
    [Fact]
    public void TestCommand_IsThatOfTheBuildServer()
    {
        var command = Readme.Blocks[0].Text.Trim().Split('\n')[1];

        Assert.Equal("dotnet test", command);
        Assert.Contains(File.ReadLines(Path.Combine(Repository.Root, ".ci/run")), l => l.Split('|')[0].Trim() == command);
    }

    private static IEnumerable<string> Problems(string text)
    {
        var (lines, bytes) = (text.TrimEnd('\n').Split('\n').Length, Encoding.UTF8.GetByteCount(text));
        if (lines > MostLines) yield return $"The README has {lines} lines; {MostLines} lines are the most: move something to docs/.";
        if (bytes > MostBytes) yield return $"The README has {bytes} bytes; {MostBytes} bytes are the most: move something to docs/.";
    }
}
