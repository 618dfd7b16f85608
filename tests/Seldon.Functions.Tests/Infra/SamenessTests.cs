using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Seldon.Functions.Tests.Keda;

namespace Seldon.Functions.Tests.Infra;

/// <summary>Kubernetes, Azure and the local settings are told the same; and a difference is said with its file and its key.</summary>
public sealed partial class SamenessTests : IDisposable
{
    private const string Base = "keda/base";

    /// <summary>The least that every region takes for the most instances; Azure starts no more than there are partitions all the same.</summary>
    private const int LeastLimit = 40;

    private readonly Sources _sources = new();
    private readonly InfraCopy _infra = new();

    public static readonly TheoryData<string> Folders = [.. Overlay.Folders];

    public void Dispose()
    {
        _sources.Dispose();
        _infra.Dispose();
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void Azure_ReadsWhatKubernetesReads(string environment) => Assert.Empty(Reading.OfKubernetes(_sources, Base).Differences(Azure(environment)));

    [Theory, MemberData(nameof(Folders))]
    public void Overlay_ReadsWhatTheLocalSettingsRead(string folder)
    {
        var values = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.sample.json")))!["Values"]!.AsObject();
        var local = Reading.OfFunctionsApp(values.ToDictionary(v => v.Key, v => v.Value!.GetValue<string>()), _ => "local.settings.sample.json");

        Assert.Empty(Reading.OfKubernetes(_sources, folder).Differences(local));
    }

    [Theory]
    [InlineData("keda/base/kustomization.yaml", "KAFKA_INPUT_TOPIC=requests", "KAFKA_INPUT_TOPIC=flowers", "infra/main.bicep: KAFKA_INPUT_TOPIC is 'requests', and in keda/base/kustomization.yaml 'flowers'.")]
    [InlineData("keda/base/kustomization.yaml", "KAFKA_OUTPUT_TOPIC=predictions", "KAFKA_OUTPUT_TOPIC=answers", "infra/main.bicep: KAFKA_ERROR_TOPIC is 'predictions.errors', and in keda/base/kustomization.yaml 'answers.errors'.")]
    [InlineData("keda/base/kustomization.yaml", "KAFKA_CONSUMER_GROUP=seldon-functions.requests", "KAFKA_CONSUMER_GROUP=mine", "infra/main.bicep: KAFKA_CONSUMER_GROUP is 'seldon-functions.requests', and in keda/base/kustomization.yaml 'mine'.")]
    [InlineData("keda/base/kustomization.yaml", "MODEL_NAME=resnet32", "AzureFunctionsJobHost__extensions__kafka__maxBatchSize=100\n      - MODEL_NAME=resnet32", "host.json: maxBatchSize is '1000', and in keda/base/kustomization.yaml '100'.")]
    [InlineData("keda/base/scaled-object.yaml", "lagThreshold: \"1000\"", "lagThreshold: \"2000\"", "functions/Seldon.Functions.App/InferenceFunction.cs: lagThreshold is '1000', and in keda/base/scaled-object.yaml '2000'.")]
    [InlineData("keda/base/scaled-object.yaml", "offsetResetPolicy: earliest", "offsetResetPolicy: latest", "host.json: autoOffsetReset is 'earliest', and in keda/base/scaled-object.yaml 'latest'.")]
    public void KubernetesToldSomethingElse_IsSaid(string file, string from, string to, string expected)
    {
        _sources.Edit(file, from, to);

        AssertSaid(expected);
    }

    [Theory]
    [InlineData("main.bicep", "inputTopic string = 'requests'", "inputTopic string = 'flowers'", "infra/main.bicep: KAFKA_INPUT_TOPIC is 'flowers', and in keda/base/kustomization.yaml 'requests'.")]
    [InlineData("main.bicep", "'seldon-functions.${inputTopic}'", "'functions.${inputTopic}'", "infra/main.bicep: KAFKA_CONSUMER_GROUP is 'functions.requests', and in keda/base/kustomization.yaml 'seldon-functions.requests'.")]
    [InlineData("main.bicep", "'${outputTopic}.errors'", "'${outputTopic}.failed'", "infra/main.bicep: KAFKA_ERROR_TOPIC is 'predictions.failed', and in keda/base/kustomization.yaml 'predictions.errors'.")]
    [InlineData("main.bicep", "kafka__sessionTimeoutMs: '30000'", "kafka__autoOffsetReset: 'Latest'", "infra/main.bicep: autoOffsetReset is 'latest', and in keda/base/scaled-object.yaml 'earliest'.")]
    [InlineData("main.bicep", "kafka__sessionTimeoutMs: '30000'", "kafka__maxBatchSize: '64'", "infra/main.bicep: maxBatchSize is '64', and in host.json '1000'.")]
    [InlineData("dev.bicepparam", "param partitions = 4", "param partitions = 4\nparam outputTopic = 'answers'", "infra/dev.bicepparam: KAFKA_OUTPUT_TOPIC is 'answers', and in keda/base/kustomization.yaml 'predictions'.")]
    public async Task AzureToldSomethingElse_IsSaid(string file, string from, string to, string expected)
    {
        _infra.Edit(file, from, to);
        await CompileAsync();

        AssertSaid(expected);
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void AzuresInstances_AreNoMoreThanItsPartitions(string environment) => Assert.Empty(Instances(environment));

    [Theory]
    [InlineData("main.bicep", "maximumInstances int = 40", "maximumInstances int = 41", "infra/main.bicep: maximumInstances is 41, and there are 4 partitions.")]
    [InlineData("dev.bicepparam", "param partitions = 4", "param partitions = 4\nparam maximumInstances = 100", "infra/dev.bicepparam: maximumInstances is 100, and there are 4 partitions.")]
    public async Task MoreInstancesThanPartitions_AreSaid(string file, string from, string to, string expected)
    {
        _infra.Edit(file, from, to);
        await CompileAsync();

        Assert.Equal([expected], Instances("dev"));
    }

    [Fact]
    public void Partitions_AreTheSameInBoth() => Assert.Empty(Partitions());

    [Fact]
    public void OtherPartitions_AreSaid()
    {
        _infra.Edit("main.bicep", "param partitions int = 12", "param partitions int = 24");

        Assert.Equal(["infra/main.bicep: partitions is 24, and seldon-functions/partitions in keda/base/scaled-object.yaml 12."], Partitions());
    }

    private void AssertSaid(string expected) => Assert.Contains(expected, Reading.OfKubernetes(_sources, Base).Differences(Azure("dev")));

    private Reading Azure(string environment) => Reading.OfFunctionsApp(
        new Snapshot(environment, _infra.Folder).SettingsInAzure,
        key => FileOf(environment, key switch
        {
            "KAFKA_INPUT_TOPIC" => "inputTopic",
            "KAFKA_OUTPUT_TOPIC" => "outputTopic",
            "KAFKA_ERROR_TOPIC" => "errorTopic",
            "KAFKA_CONSUMER_GROUP" => "consumerGroup",
            _ => "settings",
        }));

    /// <summary>The file that a parameter has its value from.</summary>
    private string FileOf(string environment, string parameter) =>
        _infra.Read($"{environment}.bicepparam").Contains($"param {parameter} =", StringComparison.Ordinal) ? $"infra/{environment}.bicepparam" : "infra/main.bicep";

    private IEnumerable<string> Instances(string environment)
    {
        var snapshot = new Snapshot(environment, _infra.Folder);
        var most = snapshot.One("Microsoft.Web/sites")["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!["maximumInstanceCount"]!.GetValue<int>();
        // Of a cluster that is there already the template does not know: it has as many as Kubernetes is told.
        var partitions = snapshot.Of("Microsoft.EventHub/namespaces/eventhubs").Select(h => h["properties"]!["partitionCount"]!.GetValue<int>()).DefaultIfEmpty(TemplatesPartitions()).Min();
        if (most > Math.Max(LeastLimit, partitions)) yield return $"{FileOf(environment, "maximumInstances")}: maximumInstances is {most}, and there are {partitions} partitions.";
    }

    private IEnumerable<string> Partitions()
    {
        var told = Overlay.Read(_sources, Base).ScaledObject["metadata"]!["annotations"]!["seldon-functions/partitions"]!.GetValue<string>();
        var own = $"{TemplatesPartitions()}";
        if (own != told) yield return $"infra/main.bicep: partitions is {own}, and seldon-functions/partitions in keda/base/scaled-object.yaml {told}.";
    }

    private int TemplatesPartitions() =>
        int.Parse(DefaultPartitions().Match(_infra.Read("main.bicep")).Groups["number"].Value, CultureInfo.InvariantCulture);

    /// <summary>Makes the snapshot of dev anew.</summary>
    private async Task CompileAsync()
    {
        var (exitCode, output, errors) = await BicepCli.Find().RunAsync(
            _infra.Folder, "snapshot", "dev.bicepparam", "--mode", "overwrite", "--subscription-id", "00000000-0000-0000-0000-000000000000", "--location", "westeurope");
        Assert.True(exitCode == 0, output + errors);
    }

    [GeneratedRegex(@"^param partitions int = (?<number>\d+)$", RegexOptions.Multiline)]
    private static partial Regex DefaultPartitions();
}
