using System.Text;
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
        Assert.Equal(expected, AnswerComparison.Compare(Bytes(alone), Bytes(aloneAgain), Bytes(shared)));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
