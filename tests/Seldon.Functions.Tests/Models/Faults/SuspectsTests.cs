using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Where all that wait are suspects: a control proves the endpoint, or its readiness is trusted in the end.</summary>
public sealed class SuspectsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task OnlyBadRecordsSinceStart_WithAControl_AreRejectedAtOnce(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await File.WriteAllBytesAsync(_file, TestRecords.Good(transport, text: "control").Value!, TestContext.Current.CancellationToken);
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_CONTROL_FILE", _file));
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;

        var outcomes = await Until.Decided(Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.Good(transport, i, "bad"))).ToList());

        Assert.All(outcomes, o => Assert.Equal(RejectionReason.ModelFailed, o.Rejection?.Reason));
        Assert.All(outcomes, o => Assert.InRange(o.Rejection!.Attempts, 3, 5));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task OnlyBadRecordsSinceStart_WithoutAControl_WaitUntilReadinessIsTrusted(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("MODEL_TRUST_READINESS", "5m"));
        model.Script = _ => Reactions.Fail;
        var start = clock.GetTimestamp();

        var outcomes = Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.Good(transport, i, "bad"))).ToList();
        await Until.True(() => outcomes.Any(o => o.IsCompleted), clock);

        Assert.InRange(clock.GetElapsedTime(start).TotalMinutes, 5, 6);
        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(RejectionReason.ModelFailed, o.Rejection?.Reason));
        Assert.Contains(engine.Logs.At(LogLevel.Warning), l => l.Contains("3 records wait", StringComparison.Ordinal)
            && l.Contains("MODEL_TRUST_READINESS", StringComparison.Ordinal) && l.Contains("MODEL_CONTROL_FILE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ReadinessIsNeverTrusted_TheyWaitUntilTheModelAnswersAnother()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock, ("MODEL_TRUST_READINESS", "never"));
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;
        var start = clock.GetTimestamp();

        var outcomes = Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.Good(Transport.Rest, i, "bad"))).ToList();
        await Until.True(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return clock.GetElapsedTime(start) > TimeSpan.FromMinutes(11);
            },
            clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest, 9)), clock)).Kind);
        Assert.All(await Until.Decided(outcomes, clock), o => Assert.Equal(RejectionReason.ModelFailed, o.Rejection?.Reason));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task MoreBadRecordsThanTheWindowHolds_BeforeGoodOnes_EverythingComesOut(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("MODEL_TRUST_READINESS", "2m"));
        model.Script = call => call.Says("bad") ? Reactions.Fail : Reactions.Digest;
        List<Record> records = [.. Enumerable.Range(0, 400).Select(i => TestRecords.Good(transport, i, "bad")), .. Feed.Some(transport, 100, from: 400)];

        var outcomes = await Feed.All(engine, records, 200, clock);

        Assert.All(outcomes.Index(), o => Assert.Equal(o.Index < 400 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
    }

    [Fact]
    public async Task ControlThatTheModelRefuses_IsSaid_AndGivesWayToTheLastAnswered()
    {
        await using var model = await ScriptedModel.StartAsync();
        await File.WriteAllBytesAsync(_file, TestRecords.Good(Transport.Rest, text: "control").Value!, TestContext.Current.CancellationToken);
        await using var engine = EngineUnderTest.For(model, Transport.Rest, null, ("MODEL_CONTROL_FILE", _file));
        model.Script = call => call.Says("control") ? Reactions.Refuse : call.Says("bad") ? Reactions.Fail : Reactions.Digest;
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest)))).Kind);

        var outcomes = await Until.Decided(Enumerable.Range(1, 3).Select(i => engine.Infer(TestRecords.Good(Transport.Rest, i, "bad"))).ToList());

        Assert.All(outcomes, o => Assert.Equal(RejectionReason.ModelFailed, o.Rejection?.Reason));
        Assert.Contains("MODEL_CONTROL_FILE", Assert.Single(engine.Logs.At(LogLevel.Warning), l => l.Contains("cannot serve as a control", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
