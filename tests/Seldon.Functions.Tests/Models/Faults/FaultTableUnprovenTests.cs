using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>"Whose fault", last row: it cannot be told from the status. Without proof the record is held.</summary>
public class FaultTableUnprovenTests
{
    public static readonly TheoryData<string> Rows = Failure.Names(Failure.OfEither);

    [Theory, MemberData(nameof(Rows))]
    public async Task FailsOnAModelThatIsNotReady_IsHeld_ThenAnswered(string row)
    {
        var (failure, transport) = (Failure.OfEither[row], Failure.TransportOf(row));
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        (model.Script, model.Readiness) = (_ => failure.Reaction, Reactions.NotReady);

        var outcome = engine.Infer(TestRecords.Good(transport));
        await Until.True(() => model.Probes.Count >= 4, clock);
        Assert.False(outcome.IsCompleted);
        Assert.Single(model.Calls);
        (model.Script, model.Readiness) = (_ => Reactions.Digest, Reactions.Ready);

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(outcome, clock)).Kind);
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task FailsWithEveryRecord_AllAreHeld_ThenAnswered(string row)
    {
        var (failure, transport) = (Failure.OfEither[row], Failure.TransportOf(row));
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = _ => failure.Reaction;

        var records = Enumerable.Range(0, 3).Select(i => TestRecords.Good(transport, i)).ToList();
        var outcomes = records.Select(engine.Infer).ToList();
        await Until.True(() => records.All(r => model.CallsOf(r) >= 5), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
        model.Script = _ => Reactions.Digest;

        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }
}
