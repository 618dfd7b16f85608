using System.Text.Json;
using System.Text.RegularExpressions;
using Seldon.Functions.SeldonDeployments;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The page lists the settings that the code knows, and no others. That each is read, see <see cref="UnreadSettingsTests"/>.</summary>
public partial class SettingsPageTests
{
    /// <summary>Beginnings of names, which the code compares with.</summary>
    private static readonly string[] Prefixes = ["KAFKA_", "KAFKA_SASL_", "KAFKA_SECURITY_", "KAFKA_SSL_", "MODEL_", "SELDON_"];

    [Fact]
    public void FlatSettings_AreThoseOfTheCode() =>
        Assert.Equal(FlatNames().Order(StringComparer.Ordinal), SettingsPage.Names.Where(IsFlat).Order(StringComparer.Ordinal));

    [Fact]
    public void SettingsOfRoutes_AreThoseThatTheCodeNames() =>
        Assert.Equal([.. KeysOfRoutes().Order(StringComparer.Ordinal)], KeysBelow("Seldon:Routes:N:").Order(StringComparer.Ordinal));

    [Fact]
    public void SettingsOfNodes_AreThoseThatTheCodeNames() =>
        Assert.Equal(GraphResolver.Settings.Order(StringComparer.Ordinal), KeysBelow("Seldon:Nodes:NAME:").Order(StringComparer.Ordinal));

    [Fact]
    public void OtherSections_AreThoseThatTheCodeNames()
    {
        var problem = Assert.Single(SettingsTests.Read(("Seldon:Nonsense", "x")).Problems);
        var sections = SettingsPage.Names.Where(n => n.StartsWith("Seldon:", StringComparison.Ordinal)).Select(n => n.Replace("*", "PROPERTY", StringComparison.Ordinal)).ToList();

        Assert.All(sections, s => Assert.Contains(s is ['S', ..] && s.Split(':')[1] is "Routes" or "Nodes" ? s[..(s.IndexOf(':', 13) + 1)] : s, problem, StringComparison.Ordinal));
        Assert.All(["Seldon:Window:Records", "Seldon:Window:Bytes", "Seldon:Kafka:Consumer:PROPERTY", "Seldon:Kafka:Producer:PROPERTY"], s => Assert.Contains(s, sections));
    }

    /// <summary>Not those that need others beside them, and the protocol, which these tests set.</summary>
    public static TheoryData<string, string> Defaults =>
        [.. SettingsPage.Defaults.Where(d => d.Name is not ("KAFKA_SASL_MECHANISM" or "SELDON_METHOD" or "SELDON_PROTOCOL"))];

    [Theory, MemberData(nameof(Defaults))]
    public void DefaultOfThePage_ChangesNothing(string setting, string value) => Assert.Equal(OptionsWith(), OptionsWith((setting, value)));

    [Theory, InlineData("KAFKA_WORKERS", "63"), InlineData("MODEL_TIMEOUT", "61s"), InlineData("Seldon:Window:Bytes", "67108865")]
    public void AnotherValueThanTheDefault_ChangesSomething(string setting, string value) => Assert.NotEqual(OptionsWith(), OptionsWith((setting, value)));

    [Fact]
    public void ManySettings_HaveADefaultThatIsCompared() => Assert.InRange(SettingsPage.Defaults.Count, 10, 100);

    private static string OptionsWith(params (string, string?)[] settings)
    {
        var read = SettingsTests.Read(settings);
        Assert.Empty(read.Problems);
        return JsonSerializer.Serialize((read.Engine, read.Kafka, read.HttpPort, read.MetricsPath), Fields);
    }

    private static readonly JsonSerializerOptions Fields = new() { IncludeFields = true };

    [Fact]
    public void NoSetting_IsListedTwice() => Assert.Equal(SettingsPage.Names.Distinct(), SettingsPage.Names);

    [Fact]
    public void RowThatIsMissing_IsSeen()
    {
        var page = Page.Read("docs/settings.md");
        var without = new Page(page.Path, string.Join('\n', page.Text.Split('\n').Where(l => !l.StartsWith("| `MODEL_TIMEOUT`", StringComparison.Ordinal))));

        Assert.Equal(["MODEL_TIMEOUT"], FlatNames().Except(SettingsPage.NamesIn(without)));
    }

    /// <summary>The names that stand in the sources, the demo's and those of other programs aside.</summary>
    private static IEnumerable<string> FlatNames() => Sources().SelectMany(s => FlatName().Matches(s)).Select(m => m.Groups[1].Value).Distinct().Except(Prefixes);

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "Demo")).Select(File.ReadAllText);

    private static bool IsFlat(string name) => !name.Contains(':', StringComparison.Ordinal);

    /// <summary>The keys in the message about one that no route has.</summary>
    private static string[] KeysOfRoutes()
    {
        var problems = SettingsTests.Read([("MODEL_NAME", null), ("MODEL_REST_URL", null), ("SELDON_PROTOCOL", null), .. SettingsTests.Route(0, "a", "t"), ("Seldon:Routes:0:Nonsense", "x")]).Problems;
        return Assert.Single(problems).Split("use one of ")[1].TrimEnd('.').Split(", ");
    }

    private static IEnumerable<string> KeysBelow(string section) =>
        SettingsPage.Names.Where(n => n.StartsWith(section, StringComparison.Ordinal)).Select(n => n[section.Length..].Split(':')[0]);

    [GeneratedRegex("\"((?:KAFKA|MODEL|SELDON|POD|ENGINE)_[A-Z_]*)\"")]
    private static partial Regex FlatName();
}
