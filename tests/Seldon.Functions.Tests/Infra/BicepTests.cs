using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Infra;

/// <summary>What the Bicep compiler says of infra/, and that it would say so if something were wrong.</summary>
public class BicepTests
{
    private readonly BicepCli _bicep = BicepCli.Find();

    [Theory, InlineData("**/*.bicep"), InlineData("**/*.bicepparam")]
    public async Task Lint_FindsNothing(string pattern) => Assert.Empty(await LintAsync(Template.OfTheRepository.Folder, "--pattern", pattern));

    [Theory]
    [InlineData("modules/functionApp.bicep", "httpsOnly: true", "httpOnly: true", "BCP089")] // a property that does not exist
    [InlineData("modules/eventHubs.bicep", "kafkaEnabled: true", "kafkaEnabled: 'yes'", "BCP036")] // a value of another type
    [InlineData("modules/keyVault.bicep", "@2026-05-15", "@2026-05-16", "BCP081")] // a version of the API that does not exist
    [InlineData("dev.bicepparam", "param partitions = 4", "param partitions = 0", "BCP328")] // a value out of its range
    [InlineData("main.bicep", "param partitions int = 12", "param partitions int = 12\n\n@description('Nobody asks.')\nparam other string = ''", "no-unused-params")]
    [InlineData("main.bicep", "output AZURE_LOCATION string = location", "output AZURE_LOCATION string = kafkaSaslPassword", "outputs-should-not-contain-secrets")]
    public async Task BrokenOnPurpose_LintFindsIt(string file, string text, string other, string rule)
    {
        using var copy = new InfraCopy();
        copy.Edit(file, text, other);

        Assert.Contains(rule, await LintAsync(copy.Folder, Path.GetExtension(file) == ".bicep" ? "main.bicep" : file));
    }

    [Fact]
    public async Task Format_HasNothingToDo()
    {
        using var copy = new InfraCopy();
        foreach (var pattern in (string[])["**/*.bicep", "**/*.bicepparam"])
        {
            var (exitCode, _, errors) = await _bicep.RunAsync(copy.Folder, "format", "--pattern", pattern);
            Assert.True(exitCode == 0, errors);
        }

        foreach (var file in Directory.EnumerateFiles(copy.Folder, "*.bicep*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) != ".json"))
            Assert.Equal(await ReadAsync(Path.Combine(Template.OfTheRepository.Folder, Path.GetRelativePath(copy.Folder, file))), await ReadAsync(file));
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public async Task Snapshot_IsWhatTheTemplateMakes(string environment)
    {
        var (exitCode, output, errors) = await ValidateAsync(Template.OfTheRepository.Folder, environment);

        Assert.True(exitCode == 0, $"{output}{errors}");
    }

    [Fact]
    public async Task TemplateMakesSomethingElse_SnapshotSaysWhat()
    {
        using var copy = new InfraCopy();
        copy.Edit("modules/functionApp.bicep", "'FC1'", "'FC2'");

        var (exitCode, output, errors) = await ValidateAsync(copy.Folder, "dev");

        Assert.Equal(1, exitCode);
        Assert.Contains("sku.name", output + errors, StringComparison.Ordinal);
    }

    /// <summary>The rules that were broken.</summary>
    private async Task<IReadOnlyList<string>> LintAsync(string folder, params string[] files)
    {
        var (_, output, errors) = await _bicep.RunAsync(folder, ["lint", .. files, "--no-restore", "--diagnostics-format", "sarif"]);
        var logs = Logs(output);
        Assert.True(logs.Count > 0, errors);
        return [.. logs.SelectMany(l => l["runs"]![0]!["results"]!.AsArray()).Select(r => (string)r!["ruleId"]!).Distinct()];
    }

    /// <summary>One log for each file, one after another.</summary>
    private static List<JsonNode> Logs(string output)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
        var logs = new List<JsonNode>();
        while (reader.Read()) logs.Add(JsonNode.Parse(ref reader)!);
        return logs;
    }

    private Task<(int ExitCode, string Output, string Errors)> ValidateAsync(string folder, string environment) => _bicep.RunAsync(
        folder, "snapshot", $"{environment}.bicepparam", "--mode", "validate", "--subscription-id", "00000000-0000-0000-0000-000000000000", "--location", "westeurope");

    private static Task<string> ReadAsync(string file) => File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
}
