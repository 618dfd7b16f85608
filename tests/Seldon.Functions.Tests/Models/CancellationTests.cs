using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models;

/// <summary>Who ended the call: the caller, or the deadline?</summary>
public class CancellationTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CallerCancelsDuringTheCall_IsUnprocessed_AndTheModelIsTold(Transport transport)
    {
        var gone = new TaskCompletionSource();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = _ => async (context, call) =>
        {
            try
            {
                await Reactions.Hang(context, call);
            }
            finally
            {
                gone.SetResult();
            }
        };
        using var cancel = new CancellationTokenSource();

        var outcome = engine.Engine.InferAsync(TestRecords.Good(transport), cancel.Token).AsTask();
        await Until.True(() => model.Calls.Count == 1);
        await cancel.CancelAsync();

        await AssertUnprocessed(outcome);
        await Until.True(() => gone.Task.IsCompleted);
        Assert.Empty(engine.Logs.Lines);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CallerCancelsWhileTheGateIsClosed_IsUnprocessed(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        (model.Script, model.Readiness) = (_ => Reactions.Out, Reactions.NotReady);
        using var cancel = new CancellationTokenSource();

        var outcomes = Enumerable.Range(0, 5).Select(i => engine.Engine.InferAsync(TestRecords.Good(transport, i), cancel.Token).AsTask()).ToList();
        await Until.True(() => model.Probes.Count >= 1);
        await cancel.CancelAsync();

        foreach (var outcome in outcomes) await AssertUnprocessed(outcome);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CallerCancelsBetweenTwoAttempts_IsUnprocessed(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = _ => Reactions.Fail;
        using var cancel = new CancellationTokenSource();

        // The clock stands still: after its first call the record waits for the second.
        var outcome = engine.Engine.InferAsync(TestRecords.Good(transport), cancel.Token).AsTask();
        await Until.True(() => model.Calls.Count == 1);
        await cancel.CancelAsync();

        await AssertUnprocessed(outcome);
        Assert.Single(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CallerCancelsWhileItWaitsForASlot_IsUnprocessedAndNeverSent(Transport transport)
    {
        var release = new TaskCompletionSource();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("KAFKA_WORKERS", "2"));
        model.Script = _ => Reactions.HangUntil(release.Task);
        using var cancel = new CancellationTokenSource();

        var first = Enumerable.Range(0, 2).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();
        await Until.True(() => model.Calls.Count == 2);
        var third = engine.Engine.InferAsync(TestRecords.Good(transport, 2), cancel.Token).AsTask();
        await cancel.CancelAsync();

        await AssertUnprocessed(third);
        release.SetResult();
        Assert.All(await Until.Decided(first), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.Equal(2, model.Calls.Count);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AlreadyCancelled_IsUnprocessedAndNeverSent(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);

        await AssertUnprocessed(engine.Engine.InferAsync(TestRecords.Good(transport), new CancellationToken(canceled: true)).AsTask());

        Assert.Empty(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task CancelledAtRandomMoments_IsNeverRejected(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = call => call.Attempt == 1 ? Reactions.Abort : Reactions.AnswerAfter(TimeSpan.FromMilliseconds(2));
#pragma warning disable CA5394 // The moments need not be unpredictable.
        var random = new Random(7);
        var kinds = new List<OutcomeKind>();
        for (var i = 0; i < 40; i++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 150)), TimeProvider.System);
            kinds.Add((await Until.Decided(engine.Engine.InferAsync(TestRecords.Good(transport, i), cancel.Token).AsTask())).Kind);
        }
#pragma warning restore CA5394

        Assert.DoesNotContain(OutcomeKind.Rejected, kinds);
        Assert.Contains(OutcomeKind.Unprocessed, kinds);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task Workers_BoundTheCallsUnderWay(Transport transport)
    {
        var (now, most) = (0, 0);
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("KAFKA_WORKERS", "3"));
        model.Script = _ => async (context, call) =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, context.RequestAborted);
            Interlocked.Decrement(ref now);
            await Reactions.Digest(context, call);
        };

        var outcomes = await Until.Decided(Enumerable.Range(0, 60).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList());

        Assert.All(outcomes, o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        Assert.Equal(3, most);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private static async Task AssertUnprocessed(Task<Outcome> outcome)
    {
        var decided = await Until.Decided(outcome);
        Assert.Equal(OutcomeKind.Unprocessed, decided.Kind);
        Assert.Null(decided.Answer);
        Assert.Null(decided.Rejection);
    }
}
