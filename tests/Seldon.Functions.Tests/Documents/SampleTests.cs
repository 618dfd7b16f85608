using System.Globalization;
using System.Text;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The files in samples/ do what the pages say.</summary>
public class SampleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples");

    [Fact]
    public void EverySample_IsListed() => Assert.Equal(
        Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f).Replace('\\', '/')).Where(f => f != "README.md").Order(StringComparer.Ordinal),
        Page.Read("samples/README.md").Links.Where(l => Path.HasExtension(l) && !l.StartsWith("..", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("cifar10.yaml", "docs/seldon-deployments.md", "yaml"), InlineData("appsettings.json", "docs/settings.md", "json")]
    public void SampleThatAPageShows_IsTheSame(string sample, string page, string language) =>
        Assert.Contains(File.ReadAllText(Path.Combine(Folder, sample)), Page.Read(page).Blocks.Where(b => b.Language == language).Select(b => b.Text));

    [Fact]
    public async Task LargerGraph_IsShownAsThePageShowsIt()
    {
        var tree = Page.Read("docs/seldon-deployments.md").Blocks.Single(b => b.Text.StartsWith("clean ", StringComparison.Ordinal)).Text;
        using var command = await HostProcess.RunAsync(new Dictionary<string, string?>(), "graph", Path.Combine(Folder, "graph.yaml"));

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Contains(tree, string.Join('\n', command.Output.Split('\n').Select(l => l.TrimEnd())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seldon.json", "seldon"), InlineData("seldon.pb", "seldon", "seldon.protos.SeldonMessage")]
    [InlineData("tensorflow.json", "tensorflow"), InlineData("tensorflow.pb", "tensorflow", "tensorflow.serving.PredictRequest")]
    [InlineData("v2.json", "v2"), InlineData("v2.pb", "v2", "inference.ModelInferRequest")]
    public async Task Payload_IsAnswered(string file, string protocol, string? protoName = null)
    {
        var outcome = await AnswerAsync(file, protocol, protoName);

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.InRange(new FileInfo(Path.Combine(Folder, "payloads", file)).Length, 20, 200);
        if (protoName is not null) Assert.Contains($"| [{file}](payloads/{file}) | `{protoName}` |", Page.Read("samples/README.md").Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("tensorflow.pb", "v2", "inference.ModelInferRequest"), InlineData("seldon.pb", "seldon", null)]
    public async Task PayloadOfAnotherKind_IsRejected(string file, string protocol, string? protoName) =>
        Assert.Equal(OutcomeKind.Rejected, (await AnswerAsync(file, protocol, protoName)).Kind);

    /// <summary>The request that the README sends, and the result that it shows.</summary>
    [Fact]
    public async Task RequestOfTheReadme_HasTheResultOfTheReadme()
    {
        var readme = Page.Read("README.md");
        var outcome = await AnswerAsync("tensorflow.json", "tensorflow", null);
        var result = Result.From(RecordOf("tensorflow.json", null), outcome.Answer!, "predictions");
        var headers = string.Join(',', result.Headers.Select(h => $"{h.Name}={(h.Name == HeaderNames.SourceTimestamp ? "…" : Encoding.UTF8.GetString(h.Value!))}"));

        Assert.Contains($"`{Encoding.UTF8.GetString(RecordOf("tensorflow.json", null).Value!).TrimEnd()}`", readme.Text, StringComparison.Ordinal);
        Assert.Contains($"{Encoding.UTF8.GetString(result.Value!)}\n{headers}\n", readme.Blocks.Select(b => b.Text));
    }

    private static async Task<Outcome> AnswerAsync(string file, string protocol, string? protoName)
    {
        var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        await using var _ = model.ConfigureAwait(false);
        await using var engine = EngineUnderTest.With(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "b:1",
            ["KAFKA_INPUT_TOPIC"] = "requests",
            ["KAFKA_OUTPUT_TOPIC"] = "predictions",
            ["SELDON_PROTOCOL"] = protocol,
            ["MODEL_NAME"] = FlowerModel.Name,
            ["MODEL_REST_URL"] = model.RestUrl.ToString(),
            ["MODEL_GRPC_URL"] = model.GrpcUrl.ToString(),
        });
        return await engine.Infer(RecordOf(file, protoName)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private static Record RecordOf(string file, string? protoName) => new(
        "requests", 0, 0, DateTimeOffset.Parse("2026-05-01T12:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds(), null,
        File.ReadAllBytes(Path.Combine(Folder, "payloads", file)), protoName is null ? [] : [TestRecords.Header("proto-name", protoName)]);
}
