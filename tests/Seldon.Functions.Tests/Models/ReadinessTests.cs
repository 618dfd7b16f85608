using System.Text;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Models;

/// <summary>What counts as ready, and that no answer to the readiness call ends the asking.</summary>
public class ReadinessTests
{
    public static readonly TheoryData<string, string> RestReady = new()
    {
        { "one version available", """{"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK"}}]}""" },
        { "an old version ends while the new one is available", """{"model_version_status":[{"version":"1","state":"END"},{"version":"2","state":"AVAILABLE"}]}""" },
        { "a server of the predict half", """{"name":"m","ready":true}""" },
        { "neither", "{}" },
    };

    public static readonly TheoryData<string, string> RestNotReady = new()
    {
        { "loading", """{"model_version_status":[{"version":"1","state":"LOADING"}]}""" },
        { "not ready", """{"name":"m","ready":false}""" },
        { "no JSON", "<html>" },
        { "cut JSON", """{"model_version_status":[{"state":"AVAILABLE"}""" },
        { "empty", "" },
        { "half a surrogate pair as name and value", """{"\ud800":1,"state":"\ud800"}""" },
        { "deep", new string('[', 10_000) },
        { "state is a number", """{"state":30}""" },
    };

    [Theory, MemberData(nameof(RestReady))]
    public Task RestSaysReady_Opens(string what, string body) => Opens(Transport.Rest, what, Reactions.Http(200, body));

    [Theory, MemberData(nameof(RestNotReady))]
    public Task RestSaysNotReady_WaitsUntilItDoes(string what, string body) => Waits(Transport.Rest, what, Reactions.Http(200, body));

    [Theory, InlineData(400), InlineData(500), InlineData(503), InlineData(302), InlineData(204)]
    public Task RestAnswersAnotherStatus_WaitsUntilItIsReady(int status) => Waits(Transport.Rest, $"{status}", Reactions.Http(status, ""));

    [Theory, InlineData(404), InlineData(405), InlineData(501)]
    public Task RestHasNoReadinessCall_Opens(int status) => Opens(Transport.Rest, $"{status}", Reactions.Http(status, ""));

    [Theory]
    // Version 1 END and version 2 AVAILABLE; the state alone; an unknown field before it.
    [InlineData("0a04080110320a040802101e"), InlineData("0a02101e"), InlineData("1201610a02101e")]
    public Task GrpcSaysReady_Opens(string message) => Opens(Transport.Grpc, message, Reactions.Frame(Bytes(message)));

    [Theory]
    // Loading; nothing; cut; a state of the wrong type; no message.
    [InlineData("0a0408011014"), InlineData(""), InlineData("0a04080110"), InlineData("0a0312011e"), InlineData("ffff")]
    public Task GrpcSaysNotReady_WaitsUntilItDoes(string message) => Waits(Transport.Grpc, message, Reactions.Frame(Bytes(message)));

    [Theory, InlineData(5), InlineData(14), InlineData(13), InlineData(1), InlineData(4), InlineData(16)]
    public Task GrpcAnswersAnotherStatus_WaitsUntilItIsReady(int status) => Waits(Transport.Grpc, $"{status}", Reactions.Grpc(status, "not now"));

    [Fact]
    public Task GrpcHasNoReadinessCall_Opens() => Opens(Transport.Grpc, "UNIMPLEMENTED", Reactions.Grpc(12));

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public Task ReadinessCallHangsOrBreaks_WaitsUntilItIsReady(Transport transport)
    {
        var calls = 0;
        return Waits(transport, "hangs or breaks", (context, call) => calls++ % 2 == 0 ? Reactions.Abort(context, call) : Reactions.Hang(context, call));
    }

    /// <summary>Seldon's Python wrapper before 1.7: whatever a class does not define is a bad request.</summary>
    [Theory, InlineData("health_status not defined"), InlineData("health is not implemented")]
    public Task WrapperWhoseModelDefinesNoHealth_Opens(string info) =>
        Opens(Transport.Rest, info, Reactions.Http(400, Wrapper(info)), ("SELDON_PROTOCOL", "seldon"));

    [Fact]
    public Task WrapperWhoseModelRefusesItsHealth_WaitsUntilItIsReady() =>
        Waits(Transport.Rest, "weights", Reactions.Http(400, Wrapper("the weights are not loaded")), ("SELDON_PROTOCOL", "seldon"));

    /// <summary>Triton, of a model that is being loaded or that it does not have: at first without a word, later in JSON.</summary>
    [Theory, InlineData("", "without a body: it may not have loaded the model yet"), InlineData("""{"error":"Model version not ready"}""", "/v2/models/m/ready"), InlineData("<html>", "not in JSON")]
    public async Task RestAnswers400_SaysWhatThatMayMean(string body, string said)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, null, ("SELDON_PROTOCOL", "v2"));
        model.Readiness = Reactions.Http(400, body);

        var ready = engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);

        await Until.True(() => engine.Logs.Has("Holding"));
        Assert.Contains(engine.Logs.Lines, l => l.Text.Contains(said, StringComparison.Ordinal));
        Assert.Equal(body == "<html>", engine.Logs.Has("TLS"));
        Assert.False(ready.IsCompleted);
    }

    [Theory]
    [InlineData("https://model.example/v1/models/m?token=s3cret", "sends to https://model.example/v1/models/m: set the server's address"), InlineData("/login#s3cret", "/login: set the server's address")]
    [InlineData("http://[", "answers 307 to GET /v1/models/m")]
    public async Task RestRedirects_SaysWhereTo(string location, string said)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);
        model.Readiness = Reactions.Http(307, "", "text/plain", ("Location", location));

        _ = engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);

        await Until.True(() => engine.Logs.Has("Holding"));
        Assert.Contains(engine.Logs.Lines, l => l.Text.Contains(said, StringComparison.Ordinal));
        Assert.False(engine.Logs.Has("s3cret"));
    }

    private static string Wrapper(string info) => $$$"""{"status":{"status":1,"info":"{{{info}}}","code":-1,"reason":"MICROSERVICE_BAD_DATA"}}""";

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private static async Task Opens(Transport transport, string what, Reaction readiness, params (string Name, string Value)[] settings)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, settings);
        model.Readiness = readiness;

        var ready = engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);

        await Until.True(() => ready.IsCompleted, what: what);
        await ready;
        Assert.Single(model.Probes);
        Assert.False(engine.Engine.IsHolding);
    }

    private static async Task Waits(Transport transport, string what, Reaction readiness, params (string Name, string Value)[] settings)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, settings);
        model.Readiness = readiness;

        var ready = engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        await Until.True(() => model.Probes.Count >= 3 || ready.IsCompleted, clock, $"{what}: asked three times");
        Assert.False(ready.IsCompleted, what);
        model.Readiness = Reactions.Ready;

        await Until.True(() => ready.IsCompleted, clock, $"{what}: ready at last");
        await ready;
        Assert.Contains(engine.Logs.Lines, l => Encoding.UTF8.GetByteCount(l.Text) < 300 && l.Text.StartsWith("Holding", StringComparison.Ordinal));
    }
}
