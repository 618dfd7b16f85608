using System.Security.Cryptography;
using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Records;

/// <summary>How a rejected record stands on the error topic.</summary>
public class DeadLetterTests
{
    private static readonly Rejection ARejection = new(RejectionReason.RefusedByModel, "The model server answered 400.", "default", "400", 1);

    [Fact]
    public void Record_KeepsItsBytesAndHeaders_AndSaysWhyAndWhere()
    {
        byte[] bytes = [0xff, 0];
        var record = TestRecords.Of([9, 8], 42, new Header("b", bytes), new Header("a", null), TestRecords.Header("proto-name", "x"), TestRecords.Header("b", ""));

        var letter = DeadLetter.From(record, ARejection, "errors");

        Assert.Equal(("errors", 3), (letter.Topic, letter.SourcePartition));
        Assert.Same(record.Key, letter.Key);
        Assert.Same(record.Value, letter.Value);
        Assert.Equal(record.Headers, letter.Headers.Take(4));
        Assert.Equal(
            [
                ("seldon-error-reason", "refused-by-model"), ("seldon-error-message", "The model server answered 400."), ("seldon-error-status", "400"),
                ("seldon-error-route", "default"), ("seldon-error-attempts", "1"), ("seldon-error-topic", "in"), ("seldon-error-partition", "3"),
                ("seldon-error-offset", "42"), ("seldon-error-timestamp", "1700000000123"),
            ],
            letter.Headers.Skip(4).Select(h => (h.Name, Encoding.UTF8.GetString(h.Value!))));
    }

    [Fact]
    public void Null_StaysNull_AndEmptyStaysEmpty()
    {
        var letter = DeadLetter.From(TestRecords.Of(null) with { Key = null }, ARejection, "errors");
        Assert.Null(letter.Key);
        Assert.Null(letter.Value);
        Assert.Empty(DeadLetter.From(TestRecords.Of([]), ARejection, "errors").Value!);
    }

    [Fact]
    public void EarlierError_IsReplacedWhateverItsCase()
    {
        var record = TestRecords.Of([9], 0, TestRecords.Header("seldon-error-reason", "old"), TestRecords.Header("Seldon-Error-Status", "old"),
            TestRecords.Header("SELDON-ERROR-VALUE-SHA256", "old"), TestRecords.Header("x-seldon-error-reason", "kept"));

        var letter = DeadLetter.From(record, ARejection, "errors");

        Assert.DoesNotContain(letter.Headers, h => h.Value.AsSpan().SequenceEqual("old"u8));
        Assert.Equal("kept", letter.Headers.TextOf("x-seldon-error-reason"));
        Assert.Equal("refused-by-model", letter.Headers.TextOf("seldon-error-reason"));
        Assert.Equal(10, letter.Headers.Count);
    }

    [Theory, InlineData("a"), InlineData("é"), InlineData("\ud83d\ude00"), InlineData("ab\ud83d\ude00")]
    public void LongMessage_IsCutToAKilobyteOfValidUtf8(string unit)
    {
        var message = string.Concat(Enumerable.Repeat(unit, 2000));

        var bytes = DeadLetter.From(TestRecords.Of([9]), ARejection with { Message = message }, "errors").Headers.Single(h => h.Name == "seldon-error-message").Value!;

        Assert.InRange(bytes.Length, 500, 1024);
        Assert.StartsWith(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), message, StringComparison.Ordinal);
    }

    [Fact]
    public void MessageOfExactlyAKilobyte_StaysWhole() => Assert.Equal(
        1024, DeadLetter.From(TestRecords.Of([9]), ARejection with { Message = new string('a', 1024) }, "errors").Headers.TextOf("seldon-error-message")!.Length);

    [Fact]
    public void WithoutValue_LengthAndDigestStayInItsPlace()
    {
        var letter = DeadLetter.From(TestRecords.Of([9, 8, 7]), ARejection, "errors");

        var cut = DeadLetter.WithoutValue(letter);

        Assert.Null(cut.Value);
        Assert.Same(letter.Key, cut.Key);
        Assert.Equal(letter.Headers, cut.Headers.Take(letter.Headers.Count));
        Assert.Equal(("3", Convert.ToHexStringLower(SHA256.HashData([9, 8, 7]))), (cut.Headers.TextOf("seldon-error-value-length"), cut.Headers.TextOf("seldon-error-value-sha256")));
        Assert.Equal(letter.Headers.Count + 2, cut.Headers.Count);
    }

    [Fact]
    public void WithoutValue_OfATombstone_IsTheSame()
    {
        var letter = DeadLetter.From(TestRecords.Of(null), ARejection, "errors");
        Assert.Same(letter, DeadLetter.WithoutValue(letter));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void OnlyReason_NothingOfTheRecordIsLeftButItsPlaceAndDigest(bool valueWasCutBefore)
    {
        var letter = DeadLetter.From(TestRecords.Of([9, 8, 7], 42, TestRecords.Header("x-large", "much")), ARejection, "errors");

        var left = DeadLetter.OnlyReason(valueWasCutBefore ? DeadLetter.WithoutValue(letter) : letter);

        Assert.Null(left.Key);
        Assert.Null(left.Value);
        Assert.All(left.Headers, h => Assert.StartsWith("seldon-error-", h.Name, StringComparison.Ordinal));
        Assert.Equal(("42", "3", "refused-by-model"), (left.Headers.TextOf("seldon-error-offset"), left.Headers.TextOf("seldon-error-value-length"), left.Headers.TextOf("seldon-error-reason")));
        Assert.Equal(11, left.Headers.Count);
    }

    [Fact]
    public void OnlyReason_OfATombstone_IsMarkedAsCutOnce()
    {
        var letter = DeadLetter.From(TestRecords.Of(null, 42, TestRecords.Header("x-large", "much")), ARejection, "errors");

        var left = DeadLetter.OnlyReason(letter);

        Assert.Null(left.Key);
        Assert.Equal("-1", left.Headers.TextOf("seldon-error-value-length"));
        Assert.Equal(10, left.Headers.Count);
        Assert.True(DeadLetterNote.Read(TestRecords.Of(null, 0, [.. left.Headers]))!.IsCut);
        Assert.Same(left, DeadLetter.OnlyReason(left));
    }

    [Fact]
    public void OnlyReason_OfALetterThatHasNoMore_IsTheSameAndNotCut()
    {
        var letter = DeadLetter.From(TestRecords.Of(null) with { Key = null }, ARejection, "errors");

        Assert.Same(letter, DeadLetter.OnlyReason(letter));
        Assert.False(DeadLetterNote.Read(TestRecords.Of(null, 0, [.. letter.Headers]))!.IsCut);
    }
}
