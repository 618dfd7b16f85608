using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Commands;
using Seldon.Functions.Tests.Documents;
using Seldon.Functions.Tests.Keda;

namespace Seldon.Functions.Tests.Infra;

/// <summary>samples/compose: what its services are told is what the program, the topics and the dashboard know.</summary>
public partial class ComposeTests
{
    private const string Folder = "samples/compose";

    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, Folder, "compose.yaml"));
    private static readonly JsonObject Compose = StrictYaml.Parse(Text)[0];
    private static readonly JsonObject Services = Compose["services"]!.AsObject();

    [Fact]
    public void Processor_HasOnlyKnownSettingsAndTheyAreRight()
    {
        var settings = VariablesOf("processor");

        Assert.Empty(settings.Keys.Except(SettingsPage.Names));
        var read = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        Assert.Equal([], read.Problems);
        Assert.Equal([], read.Warnings);
        Assert.Equal(FlowerModel.Name, settings["MODEL_NAME"]);
    }

    [Fact]
    public void Images_ArePinnedAndOursIsTheOneThatIsBuilt()
    {
        Assert.All(Services, s => Assert.Matches(@"^[\w./-]+:v?\d+\.\d+\.\d+$", (string)s.Value!["image"]!));
        Assert.All((string[])["processor", "model"], name =>
        {
            var build = Services[name]!["build"]!;
            var dockerfile = Path.Combine(Repository.Root, Folder, (string)build["context"]!, (string)build["dockerfile"]!);
            Assert.Contains($" -t {(string)Services[name]!["image"]!} .\n", File.ReadAllText(dockerfile), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Model_IsServedWhereTheProcessorAsks()
    {
        var parsed = CommandLine.Create().Parse([.. Services["model"]!["command"]!.AsArray().Select(w => (string)w!)]);

        Assert.Empty(parsed.Errors);
        Assert.Equal("0.0.0.0", $"{parsed.GetValue<System.Net.IPAddress>("--address")}");
        Assert.Equal(("http://model:8501", "http://model:8500"), (VariablesOf("processor")["MODEL_REST_URL"], VariablesOf("processor")["MODEL_GRPC_URL"]));
    }

    [Fact]
    public void Topics_AreThoseOfTheProcessor()
    {
        var made = ForTopics().Match((string)Services["topics"]!["command"]![0]!).Groups[1].Value.Split(' ');
        var settings = VariablesOf("processor");

        Assert.Equal([settings["KAFKA_INPUT_TOPIC"], settings["KAFKA_OUTPUT_TOPIC"], settings["KAFKA_ERROR_TOPIC"]], made);
    }

    /// <summary>Within a service's name and port, another one is meant, and the file that is mounted is there.</summary>
    [Fact]
    public void References_LeadToServicesAndFiles()
    {
        var configs = Compose["configs"]!.AsObject();
        var used = Services.SelectMany(s => s.Value!["configs"]?.AsArray() ?? []).Select(c => (string)c!["source"]!);

        Assert.Equal(configs.Select(c => c.Key).Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, Folder, (string)configs["dashboard"]!["file"]!)));
        var hosts = HostAndPort().Matches(Text).Select(m => m.Groups[1].Value).Except(["localhost"]).ToHashSet();
        Assert.Superset(new HashSet<string> { "kafka", "model", "processor", "kafka-exporter", "prometheus" }, hosts);
        Assert.Empty(hosts.Except(Services.Select(s => s.Key)));
    }

    /// <summary>The dashboard shows one namespace, which it finds by a series of kafka_exporter, and instances by their pod.</summary>
    [Fact]
    public void Series_HaveTheLabelsThatTheDashboardAsksFor()
    {
        var scrapes = StrictYaml.Parse((string)Compose["configs"]!["prometheus"]!["content"]!)[0]["scrape_configs"]!.AsArray();
        var labels = scrapes.ToDictionary(s => (string)s!["job_name"]!, s => s!["static_configs"]![0]!["labels"]!);

        Assert.Equal((string)labels["kafka-exporter"]["namespace"]!, (string)labels["seldon-functions"]["namespace"]!);
        Assert.NotNull(labels["seldon-functions"]["pod"]);
        foreach (var name in (string[])["grafana-datasources", "grafana-dashboards"]) Assert.Single(StrictYaml.Parse((string)Compose["configs"]![name]!["content"]!));
    }

    [Fact]
    public void ComposeItself_TakesTheFile()
    {
        using var version = Docker("compose", "version");
        Assert.SkipUnless(version is { ExitCode: 0 }, "There is no docker compose here; the file is read all the same.");

        using var config = Docker("compose", "-f", Path.Combine(Repository.Root, Folder, "compose.yaml"), "config", "--quiet");

        Assert.Equal(0, config!.ExitCode);
    }

    private static Process? Docker(params string[] arguments)
    {
        try
        {
            var docker = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            docker.WaitForExit();
            return docker;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static Dictionary<string, string?> VariablesOf(string service) => Services[service]!["environment"]!.AsObject().ToDictionary(v => v.Key, v => (string?)v.Value);

    [GeneratedRegex("for topic in (.*?);")]
    private static partial Regex ForTopics();

    [GeneratedRegex(@"(?:[/=@]|: |"")([a-z][a-z-]*):\d{4}\b")]
    private static partial Regex HostAndPort();
}
