using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>A wrong setting holds its records, and the log names the settings to look at.</summary>
public class SetUpTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task WrongProtocol_IsHeld_WithOneErrorThatNamesTheSettings(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("SELDON_PROTOCOL", "seldon"), ("MODEL_TRUST_READINESS", "1m"));
        (model.Script, model.Readiness) = (_ => Servers.Status(404, 12), Servers.Status(404, 12));

        var start = clock.GetTimestamp();
        var outcomes = Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.GoodFor("seldon", transport, i))).ToList();
        await Until.True(() => clock.GetElapsedTime(start) > TimeSpan.FromSeconds(25), clock);

        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        var line = Assert.Single(engine.Logs.Lines, l => l.Level >= LogLevel.Information);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.All(["SELDON_PROTOCOL", "MODEL_NAME", "address"], s => Assert.Contains(s, line.Text, StringComparison.Ordinal));

        // And it does not end by itself: no record dies of a wrong setting.
        await Until.True(() => clock.GetElapsedTime(start) > TimeSpan.FromMinutes(3), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        Assert.False(engine.Logs.Has("Resuming"));
    }

    [Fact]
    public async Task NoReadinessPath_ButPredictionsAreAnswered_NobodyWaits()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock);
        model.Readiness = Reactions.Http(404, "Not Found", "text/plain");
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;

        await engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        var outcomes = await Feed.All(engine, Feed.Some(Transport.Rest, 100, everyBad: 20), 20, clock);

        Assert.All(outcomes.Index(), o => Assert.Equal(o.Index % 20 == 19 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
    }

    [Fact]
    public async Task ReadinessAnswers400InJson_IsNotTakenForAnotherProtocol()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock);
        model.Readiness = Reactions.Http(400, """{"error":"Model m is not ready yet."}""");
        model.Script = _ => Reactions.Refuse;

        var outcome = engine.Infer(TestRecords.Good(Transport.Rest));
        await Until.True(() => engine.Logs.Has("answers 400 to GET"), clock);

        Assert.True(engine.Engine.IsHolding);
        Assert.False(outcome.IsCompleted);
        Assert.False(engine.Logs.Has("HTTP/"));
    }

    [Fact]
    public async Task TwoRoutesAtOneServer_OneModelIsMissing_TheOtherGoesOn()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Script = call => call.Path.Contains("missing", StringComparison.Ordinal) ? Servers.Status(404, 0) : Reactions.Digest;
        await using var engine = EngineUnderTest.With(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = "localhost:9092",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["Seldon:Routes:0:Name"] = "a",
            ["Seldon:Routes:0:InputTopic"] = "in",
            ["Seldon:Routes:0:Protocol"] = "tensorflow",
            ["Seldon:Routes:0:Model"] = "m",
            ["Seldon:Routes:0:RestUrl"] = model.RestUrl,
            ["Seldon:Routes:1:Name"] = "b",
            ["Seldon:Routes:1:InputTopic"] = "in-b",
            ["Seldon:Routes:1:Protocol"] = "tensorflow",
            ["Seldon:Routes:1:Model"] = "missing",
            ["Seldon:Routes:1:RestUrl"] = model.RestUrl,
        });

        var held = engine.Infer(TestRecords.Good(Transport.Rest) with { Topic = "in-b" });
        await Until.True(() => engine.Logs.Has("never answered", LogLevel.Error));
        var outcomes = await Feed.All(engine, Feed.Some(Transport.Rest, 100), 20);

        Assert.All(outcomes, o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.False(held.IsCompleted);
    }
}
