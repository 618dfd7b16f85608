using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.OpenProtocols;
using Seldon.Functions.Standalone.Reference;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.Standalone.OpenProtocols;

/// <summary>A protocol that is left out is what the server says.</summary>
public class ProtocolFinderTests
{
    [Theory]
    [InlineData("seldon", Transport.Rest), InlineData("seldon", Transport.Grpc), InlineData("seldon", Transport.Auto)]
    [InlineData("tensorflow", Transport.Rest), InlineData("tensorflow", Transport.Grpc), InlineData("tensorflow", Transport.Auto)]
    [InlineData("v2", Transport.Rest), InlineData("v2", Transport.Grpc), InlineData("v2", Transport.Auto)]
    public async Task ServerSpeaksOne_ThatHolds(string protocol, Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Speaking.Only(protocol);
        var finder = Finder(Speaking.Addresses(model, transport));

        var found = Assert.Single(await finder.AskAsync(TestContext.Current.CancellationToken));

        Assert.Equal(("SELDON_PROTOCOL", protocol), (found.Setting, found.Protocol));
        Assert.Empty(finder.Open);
        Assert.Empty(finder.Settings.Problems);
        Assert.Equal((protocol, null), (finder.Settings.Engine.Routes[0].Protocol, finder.Settings.Engine.Routes[0].OpenProtocol));
        Assert.Equal(FoundProtocols.Origin, EffectiveSettings.Of(finder.Configuration, finder.Settings, finder.Open).Single(s => s.Name == "SELDON_PROTOCOL").From);
        Assert.Equal("environment", EffectiveSettings.Of(finder.Configuration, finder.Settings, finder.Open).Single(s => s.Name == "MODEL_NAME").From);
        Assert.Empty(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ModelIsNotLoadedYet_TensorFlowIsRecognised(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = (context, call) => call.Path.StartsWith("/v1/", StringComparison.Ordinal) ? Reactions.Http(404, """{"error":"Servable not found"}""")(context, call)
            : call.Path.EndsWith("GetModelStatus", StringComparison.Ordinal) ? Reactions.Grpc(5)(context, call)
            : Speaking.Only()(context, call);
        var finder = Finder(Speaking.Addresses(model, transport));

        Assert.Equal("tensorflow", Assert.Single(await finder.AskAsync(TestContext.Current.CancellationToken)).Protocol);
    }

    [Fact]
    public async Task OneOfTwoServersIsThere_ThatOneIsEnough()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var gone = await ScriptedModel.StartAsync();
        await gone.StopAsync();
        model.Readiness = Speaking.Only("v2");
        var finder = Finder(("MODEL_REST_URL", model.RestUrl), ("MODEL_GRPC_URL", gone.GrpcUrl));

        Assert.Equal("v2", Assert.Single(await finder.AskAsync(TestContext.Current.CancellationToken)).Protocol);
    }

    [Fact]
    public async Task ServerSpeaksTwo_IsFinal()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Speaking.Only("tensorflow", "v2");
        var finder = Finder(Speaking.Addresses(model, Transport.Rest));

        Assert.Empty(await finder.AskAsync(TestContext.Current.CancellationToken));

        var open = Assert.Single(finder.Open);
        Assert.True(open.IsFinal);
        Assert.Equal($"SELDON_PROTOCOL is not set, and REST {model.RestUrl} speaks tensorflow and v2: set it to the one that the records are written in.", $"{open}");
    }

    [Fact]
    public async Task ServersDiffer_IsFinal()
    {
        await using var rest = await ScriptedModel.StartAsync();
        await using var grpc = await ScriptedModel.StartAsync();
        (rest.Readiness, grpc.Readiness) = (Speaking.Only("v2"), Speaking.Only("seldon"));
        var finder = Finder(("MODEL_REST_URL", rest.RestUrl), ("MODEL_GRPC_URL", grpc.GrpcUrl));

        await finder.AskAsync(TestContext.Current.CancellationToken);

        Assert.Contains($"gRPC {grpc.GrpcUrl} speaks seldon, REST {rest.RestUrl} speaks v2", $"{finder.Open[0]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyAnswers_IsSaidAndCanBeAskedAgain()
    {
        await using var model = await ScriptedModel.StartAsync();
        await model.StopAsync();
        var finder = Finder(Speaking.Addresses(model, Transport.Auto));
        await finder.AskAsync(TestContext.Current.CancellationToken);
        Assert.Equal((false, $"REST {model.RestUrl} cannot be reached (ConnectionRefused), gRPC {model.GrpcUrl} cannot be reached (ConnectionRefused)"), (finder.Open[0].IsFinal, finder.Open[0].Why));

        model.Readiness = Speaking.Only("tensorflow");
        await model.RestartAsync();

        Assert.Equal("tensorflow", Assert.Single(await finder.AskAsync(TestContext.Current.CancellationToken)).Protocol);
    }

    [Fact]
    public async Task ServerOfNoProtocol_IsSaidWithItsAnswers()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Speaking.Only();
        var finder = Finder(Speaking.Addresses(model, Transport.Auto));

        await finder.AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"REST {model.RestUrl} answers 404, which shows no protocol, gRPC {model.GrpcUrl} answers UNIMPLEMENTED, which shows no protocol", finder.Open[0].Why);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CredentialsAreNeeded_TheRoutesOwnAreShown(Transport transport)
    {
        var token = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(token, "t0ken", TestContext.Current.CancellationToken);
            await using var model = await ScriptedModel.StartAsync();
            model.Readiness = Speaking.OnlyTo("t0ken", Speaking.Only("v2"));
            var (without, with) = (Finder(Speaking.Addresses(model, transport)), Finder([.. Speaking.Addresses(model, transport), ("MODEL_TOKEN_FILE", token)]));

            Assert.Empty(await without.AskAsync(TestContext.Current.CancellationToken));
            Assert.Contains("MODEL_TOKEN_FILE", without.Open[0].Fix, StringComparison.Ordinal);
            Assert.Equal("v2", Assert.Single(await with.AskAsync(TestContext.Current.CancellationToken)).Protocol);
        }
        finally
        {
            File.Delete(token);
        }
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerSpeaksTls_TheRoutesAuthorityIsTrusted(Transport transport)
    {
        using var certificates = new TestCertificates();
        await using var model = await ScriptedModel.StartAsync(new HttpsConnectionAdapterOptions { ServerCertificate = certificates.Server });
        model.Readiness = Speaking.Only("v2");
        var (without, with) = (Finder(Speaking.Addresses(model, transport)), Finder([.. Speaking.Addresses(model, transport), ("MODEL_CA_FILE", certificates.AuthorityFile)]));

        Assert.Empty(await without.AskAsync(TestContext.Current.CancellationToken));
        Assert.Contains("certificate", without.Open[0].Why, StringComparison.Ordinal);
        Assert.Equal("v2", Assert.Single(await with.AskAsync(TestContext.Current.CancellationToken)).Protocol);
    }

    [Fact]
    public async Task SeveralRoutes_OnlyThoseWithoutAProtocolAreAsked()
    {
        await using var first = await ScriptedModel.StartAsync();
        await using var second = await ScriptedModel.StartAsync();
        await using var third = await ScriptedModel.StartAsync();
        (second.Readiness, third.Readiness) = (Speaking.Only("v2"), Speaking.Only("seldon"));
        var finder = Finder(
            ("MODEL_NAME", null), ("MODEL_REST_URL", null),
            ("Seldon:Routes:0:Name", "a"), ("Seldon:Routes:0:Protocol", "tensorflow"), ("Seldon:Routes:0:Model", "m"), ("Seldon:Routes:0:RestUrl", first.RestUrl),
            ("Seldon:Routes:3:Name", "b"), ("Seldon:Routes:3:InputTopic", "b"), ("Seldon:Routes:3:Model", "m"), ("Seldon:Routes:3:RestUrl", second.RestUrl),
            ("Seldon:Routes:4:Name", "c"), ("Seldon:Routes:4:InputTopic", "c"), ("Seldon:Routes:4:RestUrl", third.RestUrl));

        var found = await finder.AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal([("Seldon:Routes:3:Protocol", "v2"), ("Seldon:Routes:4:Protocol", "seldon")], found.Select(f => (f.Setting, f.Protocol)));
        Assert.Equal(["tensorflow", "v2", "seldon"], finder.Settings.Engine.Routes.Select(r => r.Protocol));
        Assert.Empty(finder.Settings.Problems);
        Assert.Empty(first.Probes);
    }

    [Fact]
    public async Task FrontDoor_IsSeldonsAndIsNotAsked()
    {
        await using var model = await ScriptedModel.StartAsync();
        var finder = Finder([.. Speaking.Addresses(model, Transport.Rest), ("SELDON_TARGET", "front-door")]);

        Assert.Empty(await finder.AskAsync(TestContext.Current.CancellationToken));

        Assert.Equal(("seldon", 0), (finder.Settings.Engine.Routes[0].Protocol, model.Probes.Count));
        Assert.Equal(("seldon", "default"), EffectiveSettings.Of(finder.Configuration, finder.Settings, finder.Open).Where(s => s.Name == "SELDON_PROTOCOL").Select(s => (s.Value, s.From)).Single());
    }

    [Theory]
    [InlineData("tensorflow", "MODEL_NAME", null, "MODEL_NAME is not set")]
    [InlineData("seldon", "MODEL_VERSION", "7", "MODEL_VERSION is '7': remove it")]
    [InlineData("v2", "SELDON_METHOD", "classify", "SELDON_METHOD is 'classify'")]
    public async Task SettingDoesNotFitWhatWasFound_IsAProblem(string spoken, string setting, string? value, string problem)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Speaking.Only(spoken);
        var finder = Finder([.. Speaking.Addresses(model, Transport.Rest), (setting, value)]);
        Assert.Empty(finder.Settings.Problems);

        await finder.AskAsync(TestContext.Current.CancellationToken);

        Assert.Contains(problem, Assert.Single(finder.Settings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELDON_METHOD", "guess", "use one of predict, classify, regress, infer")]
    [InlineData("SELDON_DEFAULT_PROTO_NAME", "x.Y", "names no inference request of the protocol seldon or tensorflow or v2")]
    [InlineData("MODEL_TIMEOUT", "soon", "MODEL_TIMEOUT is 'soon'")]
    public async Task SettingFitsNoProtocol_IsAProblemBeforeAnybodyIsAsked(string setting, string value, string problem)
    {
        await using var model = await ScriptedModel.StartAsync();
        var finder = Finder([.. Speaking.Addresses(model, Transport.Auto), (setting, value)]);

        await finder.AskAsync(TestContext.Current.CancellationToken);

        Assert.Contains(problem, Assert.Single(finder.Settings.Problems), StringComparison.Ordinal);
        Assert.Empty(model.Probes);
    }

    [Fact]
    public async Task NobodyEverAnswers_TheWaitEnds()
    {
        await using var model = await ScriptedModel.StartAsync();
        await model.StopAsync();
        var time = new FakeTimeProvider();
        using var logs = new CapturedLogs();
        var wait = new ProtocolWait(Finder(time, Speaking.Addresses(model, Transport.Rest)), logs, time);
        Assert.True(await wait.AskAsync(TestContext.Current.CancellationToken));

        var waiting = wait.UntilKnownAsync(TestContext.Current.CancellationToken);
        await Until.True(() =>
        {
            // Less than the patience with a server, which this clock counts, too.
            time.Advance(TimeSpan.FromSeconds(1));
            return waiting.IsCompleted;
        });

        await waiting;
        Assert.Contains("ConnectionRefused", wait.Why, StringComparison.Ordinal);
        var said = logs.Lines.Where(l => l.Text.StartsWith("Waiting to learn the protocol: SELDON_PROTOCOL is not set", StringComparison.Ordinal)).ToList();
        Assert.InRange(said.Count, 2, 10);
        Assert.All(said, l => Assert.Equal(LogLevel.Warning, l.Level));
        Assert.Contains("asked again for 10 min; set SELDON_PROTOCOL to start without asking", said[0].Text, StringComparison.Ordinal);
    }

    private static ProtocolFinder Finder(params (string Name, string? Value)[] settings) => Finder(TimeProvider.System, settings);

    private static ProtocolFinder Finder(TimeProvider time, params (string Name, string? Value)[] settings)
    {
        var all = SettingsTests.Minimal.ToDictionary(s => s.Name, s => s.Value);
        all["SELDON_PROTOCOL"] = null;
        foreach (var (name, value) in settings) all[name] = value;
        return new ProtocolFinder(new ConfigurationBuilder().AddInMemoryCollection(all).Build(), time);
    }
}
