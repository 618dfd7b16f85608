using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Keda;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The examples of the pages, pasted as they stand; and what the pages quote of the code.</summary>
public partial class ExampleTests
{
    public static readonly TheoryData<string> Settings = [.. BlocksOf("json")];

    public static readonly TheoryData<string> Manifests = [.. BlocksOf("yaml")];

    [Theory, MemberData(nameof(Settings))]
    public void SettingsOfAPage_AreRight(string json) => Assert.Empty(Problems(json));

    [Theory, MemberData(nameof(Manifests))]
    public void ManifestOfAPage_IsRight(string yaml)
    {
        Assert.Single(StrictYaml.Parse(yaml));
        Assert.Empty(ManifestFile.ProblemsOf(yaml));
    }

    [Theory]
    [InlineData("\"KAFKA_BROKER\": \"localhost:9092\",", "", "KAFKA_BROKER is not set")]
    [InlineData("\"OutputTopic\": \"labels\",", "", "KAFKA_OUTPUT_TOPIC is not set")]
    [InlineData("\"Workers\": 16,", "\"Worker\": 16,", "Seldon:Routes:1:Worker is no setting of a route")]
    [InlineData("\"Workers\": 16,", "\"CaFile\": \"/etc/tls/ca.crt\",", "Seldon:Routes:1:CaFile is '/etc/tls/ca.crt', which cannot be read")]
    [InlineData("\"KAFKA_BROKER\": \"localhost:9092\",", "\"KAFKA_BROKER\": \"localhost:9092\", \"MODEL_NAME\": \"m\",", "MODEL_NAME is set, and so is Seldon:Routes")]
    public void SettingsThatAreWrong_AreSeen(string text, string other, string problem)
    {
        var right = Page.Read("docs/settings.md").Blocks.Single(b => b.Language == "json" && b.Text.Contains("Routes", StringComparison.Ordinal)).Text;
        var wrong = right.Replace(text, other, StringComparison.Ordinal);

        Assert.NotEqual(right, wrong);
        Assert.Contains(Problems(wrong), p => p.StartsWith(problem, StringComparison.Ordinal));
    }

    /// <summary>Log lines and problems are quoted on one page; what differs in them is written as '…' there.</summary>
    [Fact]
    public void MessagesOfTheTroubleshootingPage_AreThoseOfTheCode()
    {
        var sources = string.Concat(Sources());
        var quoted = Quoted(Page.Read("docs/troubleshooting.md")).ToList();

        Assert.InRange(quoted.Count, 50, 500);
        Assert.Equal([], quoted.Where(q => !sources.Contains(q, StringComparison.Ordinal)).ToList());
    }

    [Fact]
    public void EventIdsOfTheTroubleshootingPage_AreThoseOfTheirMessages()
    {
        var lines = LogLine().Matches(string.Concat(Sources())).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        var quoted = EventId().Matches(Page.Read("docs/troubleshooting.md").Text).ToList();

        Assert.InRange(quoted.Count, 20, 100);
        Assert.All(quoted, q => Assert.All(Parts(q.Groups[2].Value), p => Assert.Contains(p, lines[q.Groups[1].Value], StringComparison.Ordinal)));
    }

    /// <summary>Types and folders may be renamed: the page for those who change the code must follow.</summary>
    [Fact]
    public void TypesAndFoldersOfTheArchitecturePage_AreThere()
    {
        var page = Page.Read("docs/architecture.md");
        var types = TypeName().Matches(string.Concat(Sources())).Select(m => m.Groups[1].Value).ToHashSet();
        var named = page.Prose.SelectMany(l => Named().Matches(l)).Concat(page.Blocks.SelectMany(b => InPicture().Matches(b.Text))).Select(m => m.Groups[1].Value).ToHashSet();

        Assert.InRange(named.Count, 60, 200);
        Assert.Empty(named.Except(types).Except(NoTypes));
        Assert.Equal([], Folders(page).Where(f => !Directory.Exists(Path.Combine(Repository.Root, f))).ToList());
        Assert.InRange(Folders(page).Count(), 30, 100);
    }

    /// <summary>Words in the style of a type that are none of ours.</summary>
    private static readonly string[] NoTypes = ["MaxInFlight", "Consume", "Answered", "Rejected", "Unprocessed", "Confluent", "SeldonDeployment", "SeldonDeployments"];

    private static IEnumerable<string> BlocksOf(string language) => Page.All.SelectMany(p => p.Blocks).Where(b => b.Language == language).Select(b => b.Text);

    private static IEnumerable<string> Problems(string json)
    {
        Assert.IsType<JsonObject>(JsonNode.Parse(json));
        var read = ProcessorSettings.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
        return [.. read.Problems, .. read.Warnings, .. read.Problems.Count > 0 ? [] : StreamProcessor.Check(read.Kafka)];
    }

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")).Select(File.ReadAllText);

    /// <summary>What is quoted in the first cells of the tables of messages, in parts; the last two tables have messages of others.</summary>
    private static IEnumerable<string> Quoted(Page page) => page.Prose.TakeWhile(l => l != "## The Functions app")
        .Where(l => l.StartsWith("| ", StringComparison.Ordinal)).SelectMany(l => Code().Matches(l.Split(" | ")[0])).SelectMany(m => Parts(m.Groups[1].Value));

    private static IEnumerable<string> Parts(string quoted) => quoted.Split('…', StringSplitOptions.TrimEntries).Where(p => p.Length > 1);

    private static IEnumerable<string> Folders(Page page)
    {
        var parents = new Stack<(int Indent, string Path)>();
        foreach (var line in page.Blocks.Single(b => b.Text.StartsWith("functions/", StringComparison.Ordinal)).Text.Split('\n'))
        {
            var indent = line.Length - line.TrimStart().Length;
            while (parents.TryPeek(out var parent) && parent.Indent >= indent) parents.Pop();
            var names = line.TrimStart().Split("  ")[0].Split(' ').Where(w => w.EndsWith('/')).Select(n => (parents.TryPeek(out var above) ? above.Path : "") + n).ToList();
            foreach (var path in names) yield return path;
            // Of several in one line, none has folders below it.
            if (names.Count > 0) parents.Push((indent, names[0]));
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(\d{3}) `([^`]+)`")]
    private static partial Regex EventId();

    [GeneratedRegex("""LoggerMessage\((\d+), LogLevel\.\w+,\s*"([^"]*)"\)""")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"\b(?:class|record|struct|enum|interface) (?:struct )?([A-Z]\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)(?:\.\w+)?`")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?<![./\w])([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?![./\w])")]
    private static partial Regex InPicture();
}
