using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Settings;

namespace Seldon.Functions.Tests.Models;

/// <summary>What a route adds to its calls: fixed headers, a token from a file, compression.</summary>
public sealed class CallHeaderTests : IDisposable
{
    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task HeadersOfTheRoute_WinOverTheRecordsAndStandOnProbes(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, transport, null, ("Headers:X-Tenant", "ours"), ("Headers:Authorization", "Basic abc"));

        await engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        await Until.Decided(engine.Infer(TestRecords.Good(transport, 0, "good", TestRecords.Header("x-tenant", "theirs"), TestRecords.Header("x-other", "1"))));

        var call = Assert.Single(model.Calls);
        Assert.Equal(("ours", "Basic abc", "1"), (call.Headers["x-tenant"], call.Headers["authorization"], call.Headers["x-other"]));
        Assert.Equal(("ours", "Basic abc"), (Assert.Single(model.Probes).Headers["x-tenant"], model.Probes.First().Headers["authorization"]));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task TokenExpires_IsHeldUntilTheFileHasAnother(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        var file = _files.Write("token", "first-token\n");
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, transport, clock, ("TokenFile", file));
        model.Script = call => call.Headers["authorization"] == "Bearer second-token" ? Reactions.Digest
            : transport == Transport.Grpc ? Reactions.Grpc(16) : Reactions.Http(401, "{}");

        var outcome = engine.Infer(TestRecords.Good(transport));
        await Until.True(() => model.Calls.Count >= 2, clock);
        Assert.False(outcome.IsCompleted);
        Assert.Contains(engine.Logs.Lines, l => l.Text.Contains("credentials", StringComparison.Ordinal));
        _files.Write("token", "second-token");

        await Until.True(() => outcome.IsCompleted, clock);
        Assert.Equal(OutcomeKind.Answered, (await outcome).Kind);
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.Contains("-token", StringComparison.Ordinal));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerRepeatsOurToken_TheDeadLetterDoesNot(Transport transport)
    {
        var file = _files.Write("token", "our-token");
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, transport, null, ("TokenFile", file));
        model.Script = call => transport == Transport.Grpc ? Reactions.Grpc(3, $"wrong: {call.Headers["authorization"]}") : Reactions.Http(400, $"wrong: {call.Headers["authorization"]}");
        var record = TestRecords.Good(transport);

        var outcome = await Until.Decided(engine.Infer(record));

        var message = DeadLetter.From(record, outcome.Rejection!, "errors").Headers.TextOf("seldon-error-message");
        Assert.Contains("wrong: …", message, StringComparison.Ordinal);
        Assert.DoesNotContain("our-token", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerRepeatsOurTokenInAnAnswerThatSaysFailure_TheDeadLetterDoesNot()
    {
        var file = _files.Write("token", "our-token");
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, null, ("SELDON_PROTOCOL", "seldon"), ("MODEL_TOKEN_FILE", file));
        model.Script = call => Reactions.Http(200, $$"""{ "status": { "status": "FAILURE", "code": 400, "info": "wrong: {{call.Headers["authorization"]}}" } }""");
        var record = TestRecords.GoodFor("seldon", Transport.Rest, 0);

        var outcome = await Until.Decided(engine.Infer(record));

        var message = DeadLetter.From(record, outcome.Rejection!, "errors").Headers.TextOf("seldon-error-message");
        Assert.Contains("wrong: …", message, StringComparison.Ordinal);
        Assert.DoesNotContain("our-token", message, StringComparison.Ordinal);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task TokenFileIsGoneForAMoment_TheLastTokenIsUsed(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        var file = _files.Write("token", "t");
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, transport, clock, ("TokenFile", file));
        await Until.Decided(engine.Infer(TestRecords.Good(transport)));
        File.Delete(file);
        clock.Advance(TimeSpan.FromMinutes(1));

        await Until.Decided(engine.Infer(TestRecords.Good(transport, 1)));

        Assert.All(model.Calls, call => Assert.Equal("Bearer t", call.Headers["authorization"]));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task Compression_TheServerReadsTheSameBytes(Transport transport)
    {
        var record = TestRecords.Good(transport, text: new string('a', 10_000));
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, transport, null, ("Compression", "gzip"));

        var outcome = await Until.Decided(engine.Infer(record));

        var call = Assert.Single(model.Calls);
        Assert.True(call.IsCompressed);
        Assert.Equal(record.Value, call.Decompressed());
        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
    }

    [Fact]
    public async Task Compression_OfAnEncodedRecord_IsLeftAsItIs()
    {
        var record = TestRecords.Rest("not looked at", 0, TestRecords.Header("content-encoding", "br"));
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = ForRoute(model, Transport.Rest, null, ("Compression", "gzip"));

        await Until.Decided(engine.Infer(record));

        var call = Assert.Single(model.Calls);
        Assert.Equal("br", call.Headers["content-encoding"]);
        Assert.Equal(record.Value, call.Body);
    }

    [Theory]
    [InlineData("Headers:proto-name", "x", "cannot be a header"), InlineData("Headers:Host", "x", "cannot be a header"), InlineData("Headers:a b", "x", "cannot be a header")]
    [InlineData("Headers:x", "a\nb", "has a value"), InlineData("Headers:x", "", "has a value"), InlineData("Compression", "zip", "'zip'"), InlineData("Workers", "0", "'0'")]
    [InlineData("Target", "back-door", "'back-door'"), InlineData("Method", "explain", "'explain'"), InlineData("Timout", "1s", "is no setting of a route")]
    public void WrongSettingOfARoute_IsAProblem(string key, string value, string problem)
    {
        var problems = SettingProblemTests.RoutesOnly([.. SettingsTests.Route(0, "a", null), ($"Seldon:Routes:0:{key}", value)]);

        Assert.StartsWith($"Seldon:Routes:0:{key} ", Assert.Single(problems), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(problem, problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void TokenFileBesideAnAuthorizationHeader_IsAProblem() => Assert.Contains("keep one of them", Assert.Single(SettingProblemTests.RoutesOnly(
        [.. SettingsTests.Route(0, "a", null), ("Seldon:Routes:0:TokenFile", _files.Write("token", "t")), ("Seldon:Routes:0:Headers:Authorization", "x")])), StringComparison.Ordinal);

    private static EngineUnderTest ForRoute(ScriptedModel model, Transport transport, TimeProvider? clock, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["KAFKA_BROKER"] = "localhost:9092", ["KAFKA_INPUT_TOPIC"] = "in", ["KAFKA_OUTPUT_TOPIC"] = "out" };
        (string Key, string? Value)[] route =
        [
            ("Name", "r"), ("Protocol", "tensorflow"), ("Model", "m"), ("Timeout", "3600s"), .. settings,
            transport == Transport.Grpc ? ("GrpcUrl", model.GrpcUrl) : ("RestUrl", model.RestUrl),
        ];
        foreach (var (key, value) in route) all[$"Seldon:Routes:0:{key}"] = value;
        return EngineUnderTest.With(all, clock);
    }
}
