using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Records;

/// <summary>How an answer stands on the results topic.</summary>
public class ResultTests
{
    private static readonly Answer AnAnswer = new("default", "m", [1, 2, 3], [TestRecords.Header("content-type", "application/json")]);

    [Fact]
    public void PlainRecord_ResultHasTheKeyTheAnswerAndOurHeaders()
    {
        var record = TestRecords.Of([9], 42);

        var result = Result.From(record, AnAnswer, "out");

        Assert.Equal(("out", 3), (result.Topic, result.SourcePartition));
        Assert.Same(record.Key, result.Key);
        Assert.Same(AnAnswer.Value, result.Value);
        Assert.Equal(
            [("content-type", "application/json"), ("seldon-puid", "in-3-42"), ("seldon-model", "m"), ("seldon-source", "in/3/42"), ("seldon-source-timestamp", "1700000000123")],
            Texts(result.Headers));
    }

    [Fact]
    public void NullKey_StaysNull() => Assert.Null(Result.From(TestRecords.Of([9]) with { Key = null }, AnAnswer, "out").Key);

    [Fact]
    public void RecordsOwnHeaders_StayInOrderWithTheirBytes()
    {
        byte[] bytes = [0xff, 0, 0x0a];
        var result = Result.From(TestRecords.Of([9], 0, new("b", bytes), new("a", null), new("b", []), new("", [1])), AnAnswer, "out");

        Assert.Equal(["b", "a", "b", ""], result.Headers.Take(4).Select(h => h.Name));
        Assert.Same(bytes, result.Headers[0].Value);
        Assert.Null(result.Headers[1].Value);
        Assert.Empty(result.Headers[2].Value!);
    }

    [Theory]
    [InlineData("proto-name"), InlineData("Proto-Name"), InlineData("Content-Type"), InlineData("CONTENT-ENCODING"), InlineData("inference-header-content-length")]
    [InlineData("seldon-model"), InlineData("Seldon-Source"), InlineData("seldon-source-timestamp")]
    public void HeaderThatDescribesTheRequestOrIsOurs_IsReplaced(string name)
    {
        var result = Result.From(TestRecords.Of([9], 0, TestRecords.Header(name, "old"), TestRecords.Header(name.ToUpperInvariant(), "old")), AnAnswer, "out");

        Assert.DoesNotContain(Texts(result.Headers), h => h.Value == "old");
        Assert.Equal(result.Headers.Count, result.Headers.Select(h => h.Name.ToLowerInvariant()).Distinct().Count());
    }

    [Fact]
    public void EarlierError_StaysOnTheResultOfARecordThatWasSentAgain() =>
        Assert.Contains(("seldon-error-reason", "model-failed"), Texts(Result.From(TestRecords.Of([9], 0, TestRecords.Header("seldon-error-reason", "model-failed")), AnAnswer, "out").Headers));

    [Theory, InlineData(Transport.Rest, "content-type", "application/json"), InlineData(Transport.Grpc, "proto-name", "tensorflow.serving.PredictResponse")]
    public async Task Engine_ResultNamesTheTypeOfTheAnswer(Transport transport, string name, string value)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);
        var record = TestRecords.Good(transport);

        var outcome = await Until.Decided(engine.Infer(record));

        Assert.Equal(value, Result.From(record, outcome.Answer!, "out").Headers.TextOf(name));
    }

    [Fact]
    public async Task ResultAsTheNextInput_IsAnswered_WithTheSamePuidAndTheNewSource()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);
        var record = TestRecords.Good(Transport.Rest, 42, "good", TestRecords.Header("x-a", "1"));
        var first = Result.From(record, (await Until.Decided(engine.Infer(record))).Answer!, "middle");
        var next = new Record("middle", 1, 7, 1_700_000_000_999, first.Key, first.Value, first.Headers);

        var second = Result.From(next, (await Until.Decided(engine.Infer(next))).Answer!, "out");

        Assert.Equal(
            ("in-3-42", "middle/1/7", "1700000000999", "1", "application/json"),
            (second.Headers.TextOf("seldon-puid"), second.Headers.TextOf("seldon-source"), second.Headers.TextOf("seldon-source-timestamp"),
                second.Headers.TextOf("x-a"), second.Headers.TextOf("content-type")));
        Assert.Equal(first.Headers.Count, second.Headers.Count);
    }

    private static IEnumerable<(string Name, string? Value)> Texts(IReadOnlyList<Header> headers) =>
        headers.Select(h => (h.Name, h.Value is null ? null : System.Text.Encoding.UTF8.GetString(h.Value)));
}
