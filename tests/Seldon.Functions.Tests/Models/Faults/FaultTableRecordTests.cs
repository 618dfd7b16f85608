using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>"Whose fault", first row: the record's.</summary>
public class FaultTableRecordTests
{
    public static readonly TheoryData<string> Rows = Failure.Names(Failure.OfRecord);

    [Theory, MemberData(nameof(Rows))]
    public async Task ServerSaysThatTheRecordIsWrong_IsRejectedAfterOneCall(string row)
    {
        var (failure, transport) = (Failure.OfRecord[row], Failure.TransportOf(row));
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = call => call.Says("bad") ? failure.Reaction : Reactions.Digest;

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport, text: "bad")));
        var next = await Until.Decided(engine.Infer(TestRecords.Good(transport, offset: 1)));

        Assert.Equal(OutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(
            (failure.Reason, failure.Status, 1, "default"),
            (outcome.Rejection!.Reason, outcome.Rejection.Status, outcome.Rejection.Attempts, outcome.Rejection.Route));
        Assert.Equal(OutcomeKind.Answered, next.Kind);
        Assert.Equal(2, model.Calls.Count);
        Assert.Single(model.Probes);
        Assert.Contains(failure.Reason.ToWire(), Assert.Single(engine.Logs.At(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", $"{outcome.Rejection} {string.Join(' ', engine.Logs.Lines)}", StringComparison.Ordinal);
    }

    [Theory, InlineData("other", null, null), InlineData("m", 7L, null), InlineData("m", null, "canary")]
    public async Task ModelThatOnlyTheRecordNames_NotFound_IsUnknownModel(string name, long? version, string? label)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Grpc);
        model.Script = _ => Reactions.Grpc(5, "Servable not found for request");

        var outcome = await Until.Decided(engine.Infer(TestRecords.Grpc(TestRecords.Predict(model: name, version: version, label: label))));

        Assert.Equal((RejectionReason.UnknownModel, "NOT_FOUND", 1), (outcome.Rejection!.Reason, outcome.Rejection.Status, outcome.Rejection.Attempts));
        Assert.Single(model.Calls);
    }

    [Fact]
    public async Task VersionOfTheRoute_NotFound_IsHeld()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Grpc, clock, ("MODEL_VERSION", "7"));
        model.Script = _ => Reactions.Grpc(5, "Servable not found for request");

        var outcome = engine.Infer(TestRecords.Grpc(TestRecords.Predict(version: 7)));

        await Until.True(() => model.Calls.Count >= 3, clock);
        Assert.False(outcome.IsCompleted);
    }

    [Theory, InlineData(Transport.Rest, false), InlineData(Transport.Rest, true), InlineData(Transport.Grpc, false)]
    public async Task AnswerLargerThanTheLimit_IsMessageTooLarge(Transport transport, bool withoutLength)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_MAX_RESPONSE_BYTES", "2048"));
        var body = new byte[2049];
        model.Script = _ => transport == Transport.Grpc
            ? Reactions.Frame(body)
            : Reactions.Http(200, body, "application/json", withoutLength ? [] : [("Content-Length", "2049")]);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)));

        Assert.Equal((RejectionReason.MessageTooLarge, 1), (outcome.Rejection?.Reason, outcome.Rejection?.Attempts));
        Assert.Single(model.Calls);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AnswerOfExactlyTheLimit_IsAnswered(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_MAX_RESPONSE_BYTES", "2048"));
        // An unlisted field (31) of a PredictResponse; its tag takes two bytes and its length two.
        byte[] body = transport == Transport.Grpc
            ? [0xfa, 0x01, 0xfc, 0x0f, .. new byte[2044]]
            : [(byte)'{', .. Enumerable.Repeat((byte)' ', 2046), (byte)'}'];
        model.Script = _ => transport == Transport.Grpc ? Reactions.Frame(body) : Reactions.Http(200, body, "application/json");

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)));

        Assert.Equal(body, outcome.Answer?.Value);
    }
}
