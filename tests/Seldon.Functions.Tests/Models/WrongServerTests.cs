using Microsoft.AspNetCore.Http.Features;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models;

/// <summary>Servers that are not what the settings say: nothing is lost, and the log says what is seen.</summary>
public class WrongServerTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerSpeaksTheOtherVersionOfHttp_IsHeldAndSaysSo(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        var url = transport == Transport.Rest ? ("MODEL_REST_URL", model.GrpcUrl) : ("MODEL_GRPC_URL", model.RestUrl);
        await using var engine = EngineUnderTest.For(model, transport, clock, url);

        var outcomes = Enumerable.Range(0, 3).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();

        await Until.True(() => engine.Logs.Has("Holding"), clock);
        // Now and then the connection is gone before the server's answer is read; what it was is said the next time.
        await Until.True(() => engine.Logs.Has("HTTP/"), clock);
        Assert.DoesNotContain(outcomes, o => o.IsCompleted);
    }

    [Fact]
    public async Task ChunkedAnswerStopsHalfWay_IsTriedAgainAndThenRejected()
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock);
        model.Script = call => !call.Says("bad") ? Reactions.Digest : async (context, _) =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync("""{"predictions":[1,"""u8.ToArray());
            await context.Response.Body.FlushAsync();
            context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        };

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest, text: "bad")), clock);

        Assert.Equal((RejectionReason.ConnectionLost, 3), (outcome.Rejection?.Reason, outcome.Rejection?.Attempts));
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Good(Transport.Rest, 1)), clock)).Kind);
    }
}
