using Seldon.Functions.Demo.Model;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Checks;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What <c>check</c> finds out about a model server by asking.</summary>
public class ModelCheckTests
{
    private const string Json = "application/json";

    [Theory]
    [InlineData("tensorflow", Transport.Rest, "takes features DT_FLOAT [-1,4], gives scores DT_FLOAT [-1,3]; dimension 0 is open")]
    [InlineData("tensorflow", Transport.Grpc, "takes features DT_FLOAT [-1,4], gives scores DT_FLOAT [-1,3]; dimension 0 is open")]
    [InlineData("v2", Transport.Rest, "takes features FP32 [-1,4], gives scores FP32 [-1,3]; dimension 0 is open")]
    [InlineData("v2", Transport.Grpc, "takes features FP32 [-1,4], gives scores FP32 [-1,3]; dimension 0 is open")]
    [InlineData("seldon", Transport.Grpc, "is there (seldon has no metadata to ask for)")]
    [InlineData("seldon", Transport.Rest, "is there (seldon has no metadata to ask for)")]
    public async Task ModelIsReady_ShowsWhatItTakes(string protocol, Transport transport, string text)
    {
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);

        var finding = await CheckAsync(protocol, transport, model.RestUrl, model.GrpcUrl);

        Assert.Equal(Level.Ok, finding.Level);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tensorflow", Transport.Rest), InlineData("tensorflow", Transport.Grpc), InlineData("v2", Transport.Rest), InlineData("v2", Transport.Grpc)]
    public async Task ModelIsMissing_IsRed(string protocol, Transport transport)
    {
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);

        var finding = await CheckAsync(protocol, transport, model.RestUrl, model.GrpcUrl, "trees");

        Assert.Equal(Level.Failure, finding.Level);
        Assert.Contains("no model trees", finding.Text, StringComparison.Ordinal);
        Assert.Contains("MODEL_NAME", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tensorflow", "v2", "/v2/health/live", """{"live":true}""")]
    [InlineData("seldon", "v2", "/v2/health/live", """{"live":true}""")]
    [InlineData("v2", "tensorflow", "/v1/models/flowers", """{"model_version_status":[{"version":"1","state":"AVAILABLE"}]}""")]
    [InlineData("tensorflow", "seldon", "/health/status", """{"data":{"names":[]}}""")]
    public async Task ServerSpeaksAnotherProtocol_IsRedWithItsName(string set, string spoken, string path, string body)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = (context, call) => (call.Path == path ? Reactions.Http(200, body, Json) : Reactions.Http(404, """{"detail":"Not Found"}""", Json))(context, call);

        var finding = await CheckAsync(set, Transport.Rest, new Uri(model.RestUrl), null);

        Assert.Equal(Level.Failure, finding.Level);
        Assert.Contains($"speaks {spoken}, but the protocol is set to {set}", finding.Text, StringComparison.Ordinal);
        Assert.Contains($"set SELDON_PROTOCOL to {spoken}", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerShowsNoProtocol_IsYellow()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Reactions.Http(404, "no", "text/plain");

        Assert.Equal(Level.Warning, (await CheckAsync("tensorflow", Transport.Rest, new Uri(model.RestUrl), null)).Level);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ModelIsLoading_IsRed(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Reactions.NotReady;

        var finding = await CheckAsync("tensorflow", transport, new Uri(model.RestUrl), new Uri(model.GrpcUrl));

        Assert.Equal(Level.Failure, finding.Level);
        Assert.Contains("is not ready", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CredentialsAreMissing_IsRed()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Reactions.Http(401, "who?", "text/plain");

        Assert.Contains("MODEL_TOKEN_FILE", (await CheckAsync("v2", Transport.Rest, new Uri(model.RestUrl), null)).Fix, StringComparison.Ordinal);
    }

    /// <summary>Seldon's Python wrapper before 1.7.</summary>
    [Fact]
    public async Task WrapperWhoseModelDefinesNoHealth_IsGreen()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Reactions.Http(400, """{"status":{"status":1,"info":"health_status not defined","code":-1,"reason":"MICROSERVICE_BAD_DATA"}}""", Json);

        Assert.Equal(Level.Ok, (await CheckAsync("seldon", Transport.Rest, new Uri(model.RestUrl), null)).Level);
    }

    [Theory]
    [InlineData("""{"name":"flowers","inputs":[{"name":"x","datatype":"FP32","shape":[1,4]}],"outputs":[]}""", 32, true, "dimension 0 is not open")]
    [InlineData("""{"name":"flowers","inputs":[{"name":"x","datatype":"FP32","shape":[1,4]}],"outputs":[]}""", 1, false, "takes x FP32 [1,4]")]
    [InlineData("""{"name":"flowers"}""", 1, false, "no metadata to show")]
    [InlineData("""{"inputs":[{"name":7}]}""", 1, false, "no metadata to show")]
    [InlineData("""[]""", 1, false, "no metadata to show")]
    public async Task Metadata_AreReadAsFarAsTheyAre(string body, int rows, bool isWarning, string text)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Reactions.Http(200, body, Json);

        var finding = await CheckAsync("v2", Transport.Rest, new Uri(model.RestUrl), null, rows: rows);

        Assert.Equal(isWarning ? Level.Warning : Level.Ok, finding.Level);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    private static async Task<Finding> CheckAsync(string protocol, Transport transport, Uri rest, Uri? grpc, string name = "flowers", int rows = 1)
    {
        var route = new RouteOptions
        {
            Name = "default",
            Protocol = protocol,
            Transport = transport,
            Model = new ModelSelector(name),
            RestUrl = rest,
            GrpcUrl = grpc,
            Batch = BatchLimits.Off with { MaxRows = rows },
        };
        var findings = new List<Finding>();
        await foreach (var finding in new ModelCheck(new EngineOptions { Routes = [route] }, TimeProvider.System).RunAsync(TestContext.Current.CancellationToken)) findings.Add(finding);
        return Assert.Single(findings);
    }
}
