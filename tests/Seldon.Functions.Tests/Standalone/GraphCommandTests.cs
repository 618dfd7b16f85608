using System.Text.Json;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The command <c>graph</c>: what a manifest would run, for a person and for a program.</summary>
public class GraphCommandTests
{
    private const string Graph = "{name: c0, type: TRANSFORMER, children: [{name: '[r]', implementation: RANDOM_ABTEST, parameters: [{name: ratioA, value: 0.9}], children: [{name: c7}, {name: s, modelUri: x, implementation: SKLEARN_SERVER}]}]}";

    private static readonly string Manifest = SampleManifest.Around(Graph, "annotations: {seldon.io/rest-timeout: '500'}");

    [Fact]
    public async Task ForAPerson_IsATreeWithAddressesAndWhatIsNotHonoured()
    {
        using var manifest = new ManifestFile(Manifest);
        using var command = await RunAsync(manifest.Path);

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Equal(
            $"""
            SeldonDeployment  d, namespace n, predictor p ({manifest.Path})
            Protocol          seldon over REST
            Topics            in -> out, dead letters out.errors
            Kafka             b:1, consumer group p.d.n

            c0  transform-input  http://localhost:9000 within 0.5 s
            └── [r]  RANDOM_ABTEST 0.9
                ├── c7  predict  http://d-p-c7.n.svc.cluster.local.:7070 within 0.5 s
                └── s  predict  http://localhost:9008 within 0.5 s

            Where settings come from (all others have their defaults):
              KAFKA_BROKER        {manifest.Path}:17 KAFKA_BROKER
              KAFKA_INPUT_TOPIC   {manifest.Path}:18 KAFKA_INPUT_TOPIC
              KAFKA_OUTPUT_TOPIC  {manifest.Path}:19 KAFKA_OUTPUT_TOPIC

            Not honoured:
              {manifest.Path}:7 the absence of serverType: kafka: the graph is run from Kafka, whatever it was written for.
              {manifest.Path}:10 componentSpecs of the predictor 'p': no pod is started by this program; of the containers, names and ports are read.
              {manifest.Path}:20 modelUri of the node 's': the model's server loads it.

            """,
            string.Join('\n', command.Output.Split('\n').Select(l => l.TrimEnd())));
    }

    [Fact]
    public async Task ManifestOfThePage_ShowsWhatThePageShows()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/seldon-deployments.md"));
        using var manifest = new ManifestFile(page.Split("```yaml\n")[1].Split("```")[0]);
        using var command = await HostProcess.RunAsync(new Dictionary<string, string?> { ["MODEL_HOST"] = "tfserving.example" }, "graph", manifest.Path);

        Assert.Equal(page.Split("```text\n")[1].Split("```")[0], string.Join('\n', command.Output.Split('\n').Select(l => l.TrimEnd())).Replace(manifest.Path, "samples/cifar10.yaml", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_IsOneObjectAndNothingElse()
    {
        using var manifest = new ManifestFile(Manifest);
        using var command = await RunAsync(manifest.Path, "--json");

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        using var json = JsonDocument.Parse(command.Output);
        var all = json.RootElement;
        Assert.Equal(
            ("d", "n", "p", "seldon", "rest", "b:1", "p.d.n", "out", "out.errors"),
            (Text("deployment"), Text("namespace"), Text("predictor"), Text("protocol"), Text("transport"), Text("broker"), Text("group"), Text("outputTopic"), Text("errorTopic")));
        Assert.Equal("in", Assert.Single(all.GetProperty("inputTopics").EnumerateArray()).GetString());
        var root = all.GetProperty("graph");
        Assert.Equal(("c0", "http://localhost:9000/", 500), (root.GetProperty("name").GetString(), root.GetProperty("restUrl").GetString(), root.GetProperty("restTimeoutMs").GetInt32()));
        Assert.Equal("transform-input", Assert.Single(root.GetProperty("methods").EnumerateArray()).GetString());
        var router = Assert.Single(root.GetProperty("children").EnumerateArray());
        Assert.Equal(("RANDOM_ABTEST", 0.9, 2), (router.GetProperty("builtIn").GetString(), router.GetProperty("ratioA").GetDouble(), router.GetProperty("children").GetArrayLength()));
        Assert.Equal([7, 10, 20], all.GetProperty("notHonoured").EnumerateArray().Select(n => n.GetProperty("line").GetInt32()));
        Assert.Empty(all.GetProperty("warnings").EnumerateArray());
        Assert.Equal(
            [$"KAFKA_BROKER {manifest.Path}:17 KAFKA_BROKER", $"KAFKA_INPUT_TOPIC {manifest.Path}:18 KAFKA_INPUT_TOPIC", $"KAFKA_OUTPUT_TOPIC {manifest.Path}:19 KAFKA_OUTPUT_TOPIC"],
            all.GetProperty("settings").EnumerateArray().Select(s => $"{s.GetProperty("name")} {s.GetProperty("from")}"));

        string? Text(string name) => all.GetProperty(name).GetString();
    }

    [Fact]
    public async Task PredictorAndSettings_AreThoseOfRun()
    {
        using var manifest = new ManifestFile(Manifest.Replace("  predictors:\n", "  predictors:\n  - {name: q, graph: {name: far, endpoint: {grpcPort: 1}}}\n", StringComparison.Ordinal));
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "k:9",
            ["KAFKA_INPUT_TOPIC"] = "i",
            ["KAFKA_OUTPUT_TOPIC"] = "o",
            ["MODEL_HOST"] = "h",
            ["SELDON_TRANSPORT"] = "grpc",
            ["MODEL_TIMEOUT"] = "3s",
            ["ENGINE_PREDICTOR"] = "x",
        };
        using var command = await HostProcess.RunAsync(settings, "graph", manifest.Path, "--predictor", "q");

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Contains("far  predict  gRPC http://h:1 within 3 s", command.Output, StringComparison.Ordinal);
        Assert.Contains("k:9, consumer group q.d.n", command.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^  KAFKA_BROKER +environment$", command.Output);
        Assert.Matches("(?m)^  MODEL_HOST +environment$", command.Output);
        Assert.DoesNotContain("  SELDON_PREDICTOR", command.Output, StringComparison.Ordinal);
    }

    /// <summary>Most manifests are written for requests that do not come from Kafka.</summary>
    [Fact]
    public async Task ManifestWithoutKafka_IsShownAndSaysWhatRunNeeds()
    {
        using var manifest = new ManifestFile(Manifest.Replace("KAFKA_", "OTHER_", StringComparison.Ordinal));
        using var command = await RunAsync(manifest.Path);

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Contains("Topics            (not set) -> (not set), dead letters (not set)", command.Output, StringComparison.Ordinal);
        Assert.Contains("└── [r]  RANDOM_ABTEST 0.9", command.Output, StringComparison.Ordinal);
        foreach (var setting in new[] { "KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC" })
            Assert.Contains($"{setting} is not set, and 'run' needs it", command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingOfTheEnvironment_IsShownToWinOverTheManifest()
    {
        using var manifest = new ManifestFile(Manifest);
        using var command = await HostProcess.RunAsync(new Dictionary<string, string?> { ["KAFKA_BROKER"] = "k:9", ["MODEL_TIMEOUT"] = "3s", ["KAFKA_ERROR_TOPIC"] = "" }, "graph", manifest.Path);

        Assert.Contains(
            $"""
              KAFKA_BROKER        environment, which wins over {manifest.Path}:17 KAFKA_BROKER
              KAFKA_INPUT_TOPIC   {manifest.Path}:18 KAFKA_INPUT_TOPIC
              KAFKA_OUTPUT_TOPIC  {manifest.Path}:19 KAFKA_OUTPUT_TOPIC
              MODEL_TIMEOUT       environment
            """,
            string.Join('\n', command.Output.Split('\n').Select(l => l.TrimEnd())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManifestThatIsNotThere_IsNamedAndNoSetting()
    {
        using var command = await RunAsync("nofile.yaml");

        Assert.Equal((2, ""), (command.ExitCode, command.Output));
        Assert.Contains("The manifest is 'nofile.yaml', which cannot be read", command.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("SELDON_DEPLOYMENT", command.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("--json"), InlineData(null)]
    public async Task CannotRun_ExitCode2AndAllProblems(string? option)
    {
        using var manifest = new ManifestFile(SampleManifest.Around("{name: x, type: ROUTER}"));
        using var command = await RunAsync([manifest.Path, .. option is null ? [] : new[] { option }]);

        Assert.Equal((2, ""), (command.ExitCode, command.Output));
        Assert.Contains("The settings have 2 problems:", command.Errors, StringComparison.Ordinal);
        Assert.Contains($"{manifest.Path}:20 the node 'x' routes, but has no children", command.Errors, StringComparison.Ordinal);
        Assert.Contains($"{manifest.Path}:20 the node 'x' must be called", command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeploymentOfSeveral_IsChosenByName()
    {
        using var manifest = new ManifestFile($"{SampleManifest.Cifar10}---\n{Manifest}");
        using var command = await RunAsync(manifest.Path, "--deployment", "d");

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Contains("SeldonDeployment  d, namespace n", command.Output, StringComparison.Ordinal);
        Assert.Contains($"{manifest.Path}:1 the SeldonDeployment 'tfserving-cifar10': 'd' is chosen.", command.Output, StringComparison.Ordinal);
    }

    /// <summary>They are mounted into the pod; where the graph is only shown, they are missing.</summary>
    [Fact]
    public async Task CertificatesOfThePod_NeedNotBeHere()
    {
        string[] files = ["KAFKA_SSL_CA_CERT_FILE", "KAFKA_SSL_CLIENT_CERT_FILE", "KAFKA_SSL_CLIENT_KEY_FILE", "MODEL_CA_FILE", "MODEL_CLIENT_CERT_FILE", "MODEL_CLIENT_KEY_FILE", "MODEL_TOKEN_FILE"];
        var variables = string.Concat(files.Select(f => $"      - {{name: {f}, value: /no/such/{f}}}\n"));
        var text = Manifest.Replace("      env:\n", $"      env:\n      - {{name: KAFKA_SECURITY_PROTOCOL, value: SSL}}\n{variables}", StringComparison.Ordinal);
        using var manifest = new ManifestFile(text);
        using var command = await HostProcess.RunAsync(new Dictionary<string, string?> { ["Seldon__Nodes__c0__RestUrl"] = "https://h" }, "graph", manifest.Path);

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        foreach (var file in files) Assert.Contains($"{file} is '/no/such/{file}', which", command.Output, StringComparison.Ordinal);
        var problems = manifest.Read(("Seldon:Nodes:c0:RestUrl", "https://h")).Problems;
        foreach (var file in files) Assert.Contains(problems, p => p.Contains($"'/no/such/{file}'", StringComparison.Ordinal));
    }

    private static Task<HostProcess> RunAsync(params string[] arguments) => HostProcess.RunAsync(new Dictionary<string, string?>(), ["graph", .. arguments]);
}
