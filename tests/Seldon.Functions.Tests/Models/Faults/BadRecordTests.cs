using System.Text;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Nothing that one record is answered holds the others, or holds the record forever.</summary>
public class BadRecordTests
{
    public static readonly TheoryData<Transport, int, int> AsIfOut = new()
    {
        { Transport.Rest, 503, 0 }, { Transport.Rest, 408, 0 }, { Transport.Rest, 429, 0 }, { Transport.Rest, 403, 0 }, { Transport.Rest, 404, 0 },
        { Transport.Grpc, 0, 14 }, { Transport.Grpc, 0, 8 }, { Transport.Grpc, 0, 7 }, { Transport.Grpc, 0, 5 },
    };

    [Theory, MemberData(nameof(AsIfOut))]
    public async Task OneRecordIsAnsweredAsInAnOutage_IsRejectedAfterAWhile_AndNamedInTheLog(Transport transport, int http, int grpc)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("MODEL_GIVE_UP_AFTER", "30s"));
        model.Script = call => call.Says("bad") ? Servers.Status(http, grpc) : Reactions.Digest;
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(transport)), clock)).Kind);

        var start = clock.GetTimestamp();
        var outcome = engine.Infer(TestRecords.Good(transport, 1, "bad"));
        var others = await Feed.All(engine, Feed.Some(transport, 200, from: 2), 20, clock);
        Assert.All(others, o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        var rejection = (await Until.Decided(outcome, clock)).Rejection!;

        Assert.InRange(clock.GetElapsedTime(start).TotalSeconds, 30, 120);
        Assert.InRange(rejection.Attempts, 6, 40);
        Assert.Contains(engine.Logs.At(LogLevel.Warning), l => l.StartsWith("Still retrying in/3/1 after", StringComparison.Ordinal) && l.Contains(rejection.Status, StringComparison.Ordinal));
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.StartsWith("Holding", StringComparison.Ordinal));
    }

    [Theory, InlineData(405), InlineData(501), InlineData(404)]
    public async Task RecordChoosesAMethodThatTheServerLacks_IsRejectedAtOnce(int status)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);
        model.Script = call => call.Path.EndsWith(":classify", StringComparison.Ordinal) ? Servers.Status(status, 0) : Reactions.Digest;

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest, 0, "good", TestRecords.Header("seldon-method", "classify"))));

        Assert.Equal((RejectionReason.UnknownMethod, $"{status}", 1), (outcome.Rejection?.Reason, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
        Assert.False(engine.Logs.Has("Holding"));
    }

    [Fact]
    public async Task RecordChoosesATypeThatTheServerLacks_IsRejectedAtOnce()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Grpc);
        model.Script = call => call.Path.EndsWith("/GetModelMetadata", StringComparison.Ordinal) ? Reactions.Grpc(12) : Reactions.Digest;
        var metadata = new Functions.Demo.Wire.GetModelMetadataRequest { ModelSpec = new() { Name = "m" }, MetadataField = { "signature_def" } };

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(
            Google.Protobuf.MessageExtensions.ToByteArray(metadata), 0, TestRecords.Header("proto-name", "tensorflow.serving.GetModelMetadataRequest"))));

        Assert.Equal((RejectionReason.UnknownMethod, "UNIMPLEMENTED", 1), (outcome.Rejection?.Reason, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
    }

    [Theory, InlineData(Transport.Rest, true), InlineData(Transport.Grpc, true), InlineData(Transport.Rest, false), InlineData(Transport.Grpc, false)]
    public async Task Unauthorized_IsTheRecordsFaultOnlyWithCredentialsOfItsOwn(Transport transport, bool hasOwn)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = _ => Servers.Status(401, 16);
        Header[] headers = hasOwn ? [TestRecords.Header("Authorization", "Bearer x")] : [];

        var outcome = engine.Infer(TestRecords.Good(transport, 0, "good", headers));
        await Until.True(() => outcome.IsCompleted || model.Calls.Count > 3, clock);

        Assert.Equal(hasOwn, outcome.IsCompleted);
        if (hasOwn) Assert.Equal((RejectionReason.RefusedByModel, 1), ((await outcome).Rejection?.Reason, (await outcome).Rejection?.Attempts));
    }

    [Fact]
    public async Task ServerClosesTheConnectionAfterAFailureWithoutSayingSo_NobodyElseIsHeld()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);
        model.Script = call => call.Says("bad") ? Servers.ThenCloses(Servers.Status(500, 0)) : Reactions.Digest;
        // So that the first bad one has a witness.
        await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest)));

        var outcomes = await Feed.All(engine, Feed.Some(Transport.Rest, 1000, everyBad: 10, from: 1), 64);

        Assert.All(outcomes.Index(), o => Assert.Equal((o.Index + 1) % 10 == 9 ? OutcomeKind.Rejected : OutcomeKind.Answered, o.Item.Kind));
        Assert.False(engine.Logs.Has("Holding"));
        // Three tries where all is well; where little is known yet of the others, more.
        Assert.InRange(outcomes.Where(o => o.Kind == OutcomeKind.Rejected).Average(o => o.Rejection!.Attempts), 3, 3.5);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServersOwnWords_AreInTheDeadLetter_AndNeverInTheLog(Transport transport)
    {
        const string Words = "X has 5 features, but LogisticRegression expects 4 features as input";
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        model.Script = _ => Servers.Status(400, 3, Words);
        var record = TestRecords.Good(transport);

        var outcome = await Until.Decided(engine.Infer(record));

        var letter = DeadLetter.From(record, outcome.Rejection!, "errors");
        Assert.Contains(Words, letter.Headers.TextOf("seldon-error-message"), StringComparison.Ordinal);
        Assert.False(engine.Logs.Has("features"));
        Assert.DoesNotContain("features", $"{outcome.Rejection}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRequestInHtml_IsTheRecordsFault_AndSaysWhatTheServerSaid()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);
        var html = "<html><p>Error parsing headers: 'limit request headers fields size'</p></html>" + new string('x', 5000);
        model.Script = call => call.Says("bad") ? Reactions.Http(400, Encoding.UTF8.GetBytes(html), "text/html") : Reactions.Digest;
        var record = TestRecords.Good(Transport.Rest, 0, "bad");

        var outcome = await Until.Decided(engine.Infer(record));

        Assert.Equal((RejectionReason.RefusedByModel, "400", 1), (outcome.Rejection?.Reason, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
        var message = DeadLetter.From(record, outcome.Rejection!, "errors").Headers.TextOf("seldon-error-message")!;
        Assert.Contains("limit request headers", message, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", message, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(message), 100, 1024);
    }
}
