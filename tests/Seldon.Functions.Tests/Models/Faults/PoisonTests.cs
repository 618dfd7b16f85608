using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Bad records among good ones: the bad ones end as dead letters, the good ones are answered, and none is held forever.</summary>
public class PoisonTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ManyBadRecordsAndNothingElse_AreRejectedByTheControl(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;

        var control = TestRecords.Good(transport, 0);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(control))).Kind);
        var outcomes = await Until.Decided(Enumerable.Range(1, 20).Select(i => engine.Infer(TestRecords.Good(transport, i, "bad"))).ToList());

        Assert.All(outcomes, o => Assert.Equal(RejectionReason.ModelFailed, o.Rejection?.Reason));
        Assert.All(outcomes, o => Assert.InRange(o.Rejection!.Attempts, 3, 5));
        Assert.True(model.CallsOf(control) > 1, "The control was never sent.");
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ModelFailsOnTheControlToo_NothingIsRejected_ThenAllAreAnswered(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        var control = TestRecords.Good(transport, 0);
        await Until.Decided(engine.Infer(control), clock);
        model.Script = _ => Reactions.Fail;

        var records = Enumerable.Range(1, 20).Select(i => TestRecords.Good(transport, i)).ToList();
        var outcomes = records.Select(engine.Infer).ToList();
        await Until.True(() => records.All(r => model.CallsOf(r) >= 5) && model.CallsOf(control) > 20, clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        Assert.Contains(engine.Logs.At(LogLevel.Warning), l => l.Contains("to every record", StringComparison.Ordinal));
        model.Script = _ => Reactions.Digest;

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task EveryTenthRecordIsBad_OnlyThoseAreRejected(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;

        var outcomes = await Until.Decided(Enumerable.Range(0, 200)
            .Select(i => engine.Infer(TestRecords.Good(transport, i, i % 10 == 0 ? "bad" : "good"))).ToList());

        Assert.All(outcomes.Index(), o => Assert.Equal(o.Index % 10 == 0 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
    }

    /// <param name="bad">How many of the hundred records break the connection that they come over, which others share.</param>
    [Theory]
    [InlineData(Transport.Rest, 1), InlineData(Transport.Rest, 5)]
    [InlineData(Transport.Grpc, 1), InlineData(Transport.Grpc, 5), InlineData(Transport.Grpc, 20), InlineData(Transport.Rest, 20)]
    public async Task RecordsThatBreakTheConnection_OnlyThoseAreRejected(Transport transport, int bad)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        // The good ones take a while, so that they are in flight when the connection breaks.
        model.Script = call => call.Says("bad") ? Reactions.Abort : Reactions.AnswerAfter(TimeSpan.FromMilliseconds(5));
        var every = 100 / bad;

        // Fifty at a time, as from a topic: when one is decided, the next comes.
        using var window = new SemaphoreSlim(50);
        var outcomes = new Task<Outcome>[100];
        for (var i = 0; i < outcomes.Length; i++)
        {
            await window.WaitAsync(TestContext.Current.CancellationToken);
            outcomes[i] = Infer(engine.Infer(TestRecords.Good(transport, i, i % every == 0 ? "bad" : "good")));
        }

        Assert.All((await Until.Decided(outcomes)).Index(), o => Assert.Equal(
            o.Index % every == 0 ? (OutcomeKind.Rejected, RejectionReason.ConnectionLost) : (OutcomeKind.Answered, null as RejectionReason?),
            (o.Item.Kind, o.Item.Rejection?.Reason)));

        async Task<Outcome> Infer(Task<Outcome> outcome)
        {
            var decided = await outcome;
            window.Release();
            return decided;
        }
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task RecordThatCrashesTheServer_IsRejectedInTheEnd(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        var bad = TestRecords.Good(transport, 1, "bad");
        // After each crash the server takes a while to be ready again, as a restarted container does.
        var probesUntilReady = 0;
        model.Readiness = (context, call) => Interlocked.Decrement(ref probesUntilReady) > 0 ? Reactions.NotReady(context, call) : Reactions.Ready(context, call);
        model.Script = call =>
        {
            if (!call.Says("bad")) return Reactions.Digest;
            Volatile.Write(ref probesUntilReady, 3);
            return Reactions.Abort;
        };

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport, 0)), clock)).Kind);
        var outcome = engine.Infer(bad);
        await Until.True(() => outcome.IsCompleted || model.CallsOf(bad) >= 10, clock);

        Assert.True(outcome.IsCompleted, "The record has crashed the server ten times.");
        Assert.Equal(RejectionReason.ConnectionLost, (await outcome).Rejection?.Reason);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport, 2)), clock)).Kind);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task OutagesDoNotCountAsAttempts(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = call => call.Attempt switch { <= 5 => Reactions.Out, 6 or 7 => Reactions.Fail, _ => Reactions.Digest };

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)), clock);

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal(8, model.Calls.Count);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task RefusedConnectionsDoNotCountAsAttempts(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = call => call.Attempt <= 2 ? Reactions.Fail : Reactions.Digest;
        await model.StopAsync();

        var outcome = engine.Infer(TestRecords.Good(transport));
        await Until.True(() => engine.Logs.At(LogLevel.Warning).Any(l => l.StartsWith("Still holding", StringComparison.Ordinal)), clock);
        await model.RestartAsync();

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(outcome, clock)).Kind);
        Assert.Equal(3, model.Calls.Count);
    }
}
