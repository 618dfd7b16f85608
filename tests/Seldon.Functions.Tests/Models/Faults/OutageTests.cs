using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>No good record becomes a dead letter, whatever a server says while it does not work.</summary>
public class OutageTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task LoadsItsModel_AndCallsTheRequestsWrong_AllAreAnsweredAfterwards(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        (model.Script, model.Readiness) = (_ => Servers.Status(400, 3, """{"error":"Model m is not ready yet."}"""), Reactions.NotReady);

        var outcomes = Feed.Some(transport, 100).Select(engine.Infer).ToList();
        await Until.True(() => model.Probes.Count >= 5, clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        (model.Script, model.Readiness) = (_ => Reactions.Digest, Reactions.Ready);

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }

    [Theory]
    [InlineData(Transport.Rest, 2), InlineData(Transport.Rest, 4), InlineData(Transport.Grpc, 2), InlineData(Transport.Grpc, 4)]
    public async Task OneReplicaFailsEverything_OnlyTheBadRecordIsRejected(Transport transport, int replicas)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = Servers.OneSickReplicaOf(replicas, Servers.Status(500, 2), call => call.Says("bad") ? Reactions.Fail : Reactions.Digest);

        var outcomes = await Feed.All(engine, Feed.Some(transport, 1000, everyBad: 500), 200, clock);

        Assert.All(outcomes.Index(), o => Assert.Equal(o.Index % 500 == 499 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
        Assert.False(engine.Engine.IsHolding);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task PushesBackEverySecondCall_OnlyTheBadRecordIsRejected(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        var calls = 0;
        model.Script = call => Interlocked.Increment(ref calls) % 2 == 0 ? Reactions.Out : call.Says("bad") ? Reactions.Fail : Reactions.Digest;

        // For five minutes.
        for (var minute = 0; minute < 5; minute++)
        {
            var outcomes = await Feed.All(engine, Feed.Some(transport, 200, everyBad: 200, from: 200 * minute), 64, clock);
            Assert.All(outcomes.Index(), o => Assert.Equal(o.Index == 199 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
            clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ReadyButFailsForFiveMinutes_NothingIsRejected_ThenAllAreAnswered(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport)), clock)).Kind);
        model.Script = _ => Servers.Status(500, 13);

        var outcomes = Feed.Some(transport, 50, from: 1).Select(engine.Infer).ToList();
        var start = clock.GetTimestamp();
        await Until.True(() => clock.GetElapsedTime(start) > TimeSpan.FromMinutes(5), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        Assert.True(engine.Logs.Has("to every record", LogLevel.Warning));
        model.Script = _ => Reactions.Digest;

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task TakesOneCallAtATime_CallsAreHardlyPushedBackAnyMore(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        using var place = new SemaphoreSlim(1);
        model.Script = _ => Servers.OneAtATime(place, Servers.Status(503, 8));

        Assert.All(await Feed.All(engine, Feed.Some(transport, 1000), 100), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        var calls = model.Calls.Count;
        Assert.All(await Feed.All(engine, Feed.Some(transport, 1000, from: 1000), 100), o => Assert.Equal(OutcomeKind.Answered, o.Kind));

        Assert.InRange(model.Calls.Count - calls, 1000, 1300);
        Assert.False(engine.Logs.Has("Holding"));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ReadinessSaysYesAndNoInTurns_AllAreAnswered_AndTheLogIsCalm(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        var (calls, probes) = (0, 0);
        model.Script = _ => Interlocked.Increment(ref calls) % 4 == 0 ? Reactions.Digest : Reactions.Fail;
        model.Readiness = (context, call) => Interlocked.Increment(ref probes) % 2 == 0 ? Reactions.Ready(context, call) : Reactions.NotReady(context, call);

        Assert.All(await Feed.All(engine, Feed.Some(transport, 50), 10, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ReadinessHangs_IsHeld_ThenAnswered(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        (model.Script, model.Readiness) = (_ => Servers.Status(400, 3), Reactions.Hang);

        var outcome = engine.Infer(TestRecords.Good(transport));
        await Until.True(() => engine.Engine.IsHolding && model.Probes.Count >= 4, clock);
        Assert.False(outcome.IsCompleted);
        (model.Script, model.Readiness) = (_ => Reactions.Digest, Reactions.Ready);

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(outcome, clock)).Kind);
    }
}
