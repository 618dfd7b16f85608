using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>"Whose fault", the rows that hold: the server's and the set-up's.</summary>
public class FaultTableHoldTests
{
    public static readonly TheoryData<string> Outages = Failure.Names(Failure.OfServer);

    public static readonly TheoryData<string> SetUps = Failure.Names(Failure.OfSetUp);

    [Theory, MemberData(nameof(Outages))]
    public Task Outage_IsHeldAndLoggedAsWarning_ThenAnswered(string row) => HeldThenAnswered(row, Failure.OfServer[row], LogLevel.Warning);

    [Theory, MemberData(nameof(SetUps))]
    public Task WrongSetUp_IsHeldAndLoggedAsError_ThenAnswered(string row) => HeldThenAnswered(row, Failure.OfSetUp[row], LogLevel.Error);

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ConnectionRefused_IsHeld_ThenAnswered(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        await model.StopAsync();

        var outcomes = Enumerable.Range(0, 10).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();
        await Until.True(() => engine.Logs.At(LogLevel.Warning).Any(l => l.StartsWith("Still holding", StringComparison.Ordinal)), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        Assert.True(engine.Engine.IsHolding);
        await model.RestartAsync();

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.Single(engine.Logs.At(LogLevel.Warning), l => l.StartsWith("Holding", StringComparison.Ordinal));
        Assert.Single(engine.Logs.At(LogLevel.Information), l => l.StartsWith("Resuming", StringComparison.Ordinal));
        Assert.Equal(10, model.Calls.Count);
    }

    [Theory]
    [InlineData(Transport.Rest, "http://model.invalid:8501")]
    [InlineData(Transport.Grpc, "http://model.invalid:8500")]
    [InlineData(Transport.Rest, null)]
    [InlineData(Transport.Grpc, null)]
    public async Task NoSuchHostOrNoTls_IsHeld(Transport transport, string? url)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        var server = (transport == Transport.Rest ? model.RestUrl : model.GrpcUrl).Replace("http:", "https:", StringComparison.Ordinal);
        await using var engine = EngineUnderTest.For(model, transport, clock, (transport == Transport.Rest ? "MODEL_REST_URL" : "MODEL_GRPC_URL", url ?? server));

        var outcome = engine.Infer(TestRecords.Good(transport));

        await Until.True(() => engine.Logs.At(LogLevel.Warning).Any(l => l.StartsWith("Still holding", StringComparison.Ordinal)), clock);
        Assert.False(outcome.IsCompleted);
        Assert.Empty(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task StartBeforeTheModel_WaitsUntilItIsReady(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Readiness = Reactions.NotReady;

        var ready = engine.Engine.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        await Until.True(() => model.Probes.Count >= 3, clock);
        Assert.False(ready.IsCompleted);
        model.Readiness = Reactions.Ready;

        await Until.True(() => ready.IsCompleted, clock);
        await ready;
        Assert.Empty(model.Calls);
    }

    [Theory, InlineData("20", 18.9, 30), InlineData("date", 18.9, 30), InlineData("259200", 60, 75), InlineData("-1", 0, 5), InlineData("past", 0, 5)]
    public async Task RetryAfterOfAReadyServer_DelaysTheRecordByAMinuteAtMost(string retryAfter, double least, double most)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock);
        var (start, again) = (clock.GetUtcNow(), DateTimeOffset.MaxValue);
        var value = retryAfter switch { "date" => Date(start.AddSeconds(20)), "past" => Date(start.AddDays(-1)), _ => retryAfter };
        model.Script = call => call.Attempt == 1 ? Reactions.Http(503, "", "text/plain", ("Retry-After", value)) : (context, again2) =>
        {
            again = clock.GetUtcNow();
            return Reactions.Digest(context, again2);
        };

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest)), clock);

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        // The date has no fractions of a second; the clock goes on while the call is in flight.
        Assert.InRange((again - start).TotalSeconds, least, most);

        static string Date(DateTimeOffset date) => date.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task SecondOutageAfterASuccess_IsAskedAboutAsSoonAsTheFirst(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        (model.Script, model.Readiness) = (call => call.Attempt == 1 ? Reactions.Out : Reactions.Digest, Reactions.NotReady);
        var first = engine.Infer(TestRecords.Good(transport));
        await Until.True(() => model.Probes.Count >= 10, clock);
        model.Readiness = Reactions.Ready;
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(first, clock)).Kind);

        model.Readiness = Reactions.NotReady;
        var second = engine.Infer(TestRecords.Good(transport, 1));
        await Until.True(() => engine.Engine.IsHolding);
        model.Readiness = Reactions.Ready;
        var start = clock.GetTimestamp();
        await Until.Decided(second, clock);

        // After ten calls in vain the wait was four seconds.
        Assert.InRange(clock.GetElapsedTime(start).TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task OneTransportIsOut_TheOtherGoesOn()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Auto);
        model.Script = call => call.IsGrpc ? Reactions.Grpc(14) : Reactions.Digest;
        model.Readiness = (context, call) => call.IsGrpc ? Reactions.NotReady(context, call) : Reactions.Ready(context, call);

        var held = engine.Infer(TestRecords.Good(Transport.Grpc));
        await Until.True(() => engine.Engine.IsHolding);
        var outcomes = await Until.Decided(Enumerable.Range(1, 20).Select(i => engine.Infer(TestRecords.Good(Transport.Rest, i))).ToList());

        Assert.All(outcomes, o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.False(held.IsCompleted);
    }

    private static async Task HeldThenAnswered(string row, Failure failure, LogLevel level)
    {
        var transport = Failure.TransportOf(row);
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        (model.Script, model.Readiness) = (_ => failure.Reaction, Reactions.NotReady);

        // Not ready: nothing but the readiness call is sent.
        var outcomes = Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();
        await Until.True(() => model.Probes.Count >= 4, clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        // One call each, which the HTTP client by itself repeats up to three times on a new stream if the server refused the first.
        Assert.InRange(model.Calls.Count, 1, row.Contains("REFUSED_STREAM", StringComparison.Ordinal) ? 12 : 3);
        Assert.True(engine.Engine.IsHolding);

        // Ready, as it says, and yet failing everybody: tried again, and not given up.
        model.Readiness = Reactions.Ready;
        var calls = model.Calls.Count;
        await Until.True(() => model.Calls.Count >= calls + 6, clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        model.Script = _ => Reactions.Digest;

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.Contains(engine.Logs.At(level), l => l.StartsWith("Holding", StringComparison.Ordinal));
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.Contains("secret", StringComparison.Ordinal));
    }
}
