using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>"Whose fault", last row: it cannot be told from the status. With proof it is the record's.</summary>
public class FaultTableAmbiguousTests
{
    public static readonly TheoryData<string> Rows = Failure.Names(Failure.OfEither);

    [Theory, MemberData(nameof(Rows))]
    public async Task FailsAloneOnAReadyModel_IsRejectedAfterThreeCalls(string row)
    {
        var (failure, transport) = (Failure.OfEither[row], Failure.TransportOf(row));
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = _ => failure.Reaction;

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)));

        AssertRejected(failure, outcome, engine);
        Assert.Equal(3, model.Calls.Count);
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task FailsWhileAnotherSucceeds_IsRejectedAfterThreeCalls(string row)
    {
        var (failure, transport) = (Failure.OfEither[row], Failure.TransportOf(row));
        var (proven, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        var bad = TestRecords.Good(transport, 1, "bad");
        model.Script = call => call switch
        {
            // If the bad one takes the connection that they share, this one is soon done.
            { Attempt: 1 } when call.Says("slow") => Reactions.HangUntil(release.Task),
            _ when !call.Says("bad") => Reactions.Digest,
            { Attempt: 2 } => Reactions.After(proven.Task, failure.Reaction),
            _ => failure.Reaction,
        };

        // While its second call is in flight another record is answered: the proof. A third one waits, so that it is not alone.
        var outcome = engine.Infer(bad);
        await Until.True(() => model.CallsOf(bad) == 2);
        var slow = engine.Infer(TestRecords.Good(transport, 2, "slow"));
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport, 3)))).Kind);
        Assert.False(outcome.IsCompleted);
        proven.SetResult();

        AssertRejected(failure, await Until.Decided(outcome), engine);
        Assert.Equal(3, model.CallsOf(bad));
        release.SetResult();
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(slow)).Kind);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task Hangs_IsModelTimeoutAfterThreeDeadlines(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_TIMEOUT", "600ms"));
        model.Script = call => call.Says("bad") ? Reactions.Hang : Reactions.Digest;

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport, text: "bad")));

        Assert.Equal((RejectionReason.ModelTimeout, 3), (outcome.Rejection?.Reason, outcome.Rejection?.Attempts));
        Assert.Contains("0.6 s", outcome.Rejection!.Message, StringComparison.Ordinal);
        Assert.Equal(3, model.Calls.Count);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport, 1)))).Kind);
    }

    [Fact]
    public async Task ServerPassesItsOwnDeadline_IsModelTimeout()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Grpc);
        model.Script = _ => Reactions.Grpc(4, "batching timed out");

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(Transport.Grpc)));

        Assert.Equal((RejectionReason.ModelTimeout, "DEADLINE_EXCEEDED", 3), (outcome.Rejection?.Reason, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
        // The deadline of this side is an hour, and did not pass.
        Assert.DoesNotContain("3600", outcome.Rejection!.Message, StringComparison.Ordinal);
    }

    private static void AssertRejected(Failure failure, Outcome outcome, EngineUnderTest engine)
    {
        Assert.Equal(OutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(
            (failure.Reason, failure.Status, 3, "default"),
            (outcome.Rejection!.Reason, outcome.Rejection.Status, outcome.Rejection.Attempts, outcome.Rejection.Route));
        Assert.DoesNotContain("secret", $"{outcome.Rejection} {string.Join(' ', engine.Logs.Lines)}", StringComparison.Ordinal);
    }
}
