using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests;

public class ScriptedModelTests
{
    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task GoodRecord_IsAnsweredWithTheDigestOfItsBytes(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        var call = Assert.Single(model.Calls);
        Assert.Equal(transport == Transport.Grpc ? Reactions.DigestMessage(call) : System.Text.Encoding.UTF8.GetBytes(Reactions.DigestJson(call)), outcome.Answer!.Value);
    }
}
