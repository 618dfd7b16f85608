using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models;

/// <summary>The time of day may be wrong, and may be set at any moment: nothing but timestamps depends on it.</summary>
public class WallClockTests
{
    [Fact]
    public async Task ClockIsYearsBack_DeadlineIsSentAsADuration_AndTheRecordIsAnswered()
    {
        // Of the year 2000; the gRPC client itself goes by the system's clock.
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Grpc, clock, ("MODEL_TIMEOUT", "60s"));

        var outcome = await engine.Infer(TestRecords.Good(Transport.Grpc));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal("60500m", Assert.Single(model.Calls).Headers["grpc-timeout"]);
    }
}
