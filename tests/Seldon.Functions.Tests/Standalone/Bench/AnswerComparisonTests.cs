using System.Text;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Standalone.Bench;

namespace Seldon.Functions.Tests.Standalone.Bench;

/// <summary>Answers from merged calls compared with those to the same request alone.</summary>
public class AnswerComparisonTests
{
    [Theory]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2]}""", """{"a":[1,2]}""", Equality.Equal)]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2]}""", """{"a":[1, 2]}""", Equality.Equal)]
    [InlineData("""{"id":"x","a":1}""", """{"id":"y","a":1}""", """{"id":"z","a":1}""", Equality.Equal)]
    [InlineData("""{"a":[0.12345678]}""", """{"a":[0.12345678]}""", """{"a":[0.12345681]}""", Equality.EqualButForRounding)]
    [InlineData("""{"a":[0.5]}""", """{"a":[0.5]}""", """{"a":[0.51]}""", Equality.Different)]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2]}""", """{"a":[1]}""", Equality.Different)]
    [InlineData("""{"a":"x"}""", """{"a":"x"}""", """{"a":"y"}""", Equality.Different)]
    [InlineData("""{"id":"x","a":1}""", """{"id":"y","a":1}""", """{"id":"z","a":2}""", Equality.Different)]
    [InlineData("bytes", "bytes", "other", Equality.Different)]
    public void Answers_AreComparedByWhatTheySay(string alone, string aloneAgain, string shared, object expected) =>
        Assert.Equal(expected, AnswerComparison.Compare(Bytes(alone), Bytes(aloneAgain), Bytes(shared), null));

    [Fact]
    public void Messages_AreComparedByWhatTheySay()
    {
        var (alone, close, other) = (Message(0.12345678), Message(0.12345681), Message(0.2));

        Assert.Equal(Equality.Equal, AnswerComparison.Compare(alone, alone, [.. alone], Seldon));
        Assert.Equal(Equality.EqualButForRounding, AnswerComparison.Compare(alone, alone, close, Seldon));
        Assert.Equal(Equality.Different, AnswerComparison.Compare(alone, alone, other, Seldon));
        Assert.Equal(Equality.Different, AnswerComparison.Compare(alone, alone, alone[..^1], Seldon));
        Assert.Equal(Equality.Different, AnswerComparison.Compare(alone, alone, close, "of.no.ProtocolMessage"));
    }

    private const string Seldon = "seldon.protos.SeldonMessage";

    private static byte[] Message(double value) =>
        new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Shape = { 1 }, Values = { value } } } }.ToByteArray();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
