using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.App;

/// <summary>The solution holds every project but the app's own, a package of which does not restore from every registry.</summary>
public partial class SolutionTests
{
    [Fact]
    public void EveryProject_IsInTheSolutionButForTheApp()
    {
        var projects = Project().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Seldon.Functions.sln"))).Select(m => m.Groups[1].Value.Replace('\\', '/'));
        var files = ((string[])["functions", "tests"]).SelectMany(f => Directory.EnumerateDirectories(Path.Combine(Repository.Root, f)))
            .SelectMany(f => Directory.EnumerateFiles(f, "*.csproj")).Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'));

        Assert.Equal(["functions/Seldon.Functions.App/Seldon.Functions.App.csproj"], files.Except(projects));
    }

    [GeneratedRegex("""^Project\(.*"([^"]+\.csproj)", """, RegexOptions.Multiline)]
    private static partial Regex Project();
}
