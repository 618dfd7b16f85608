using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>Results and dead letters that the broker refuses for their size or for themselves.</summary>
public class RefusedResultTests
{
    private const int MessageTooLarge = 10;
    private const int TopicAuthorizationFailed = 29;
    private const int InvalidRecord = 87;

    private static readonly Input Good = Input.Of(0, "key", """{"a":1}""", TestRecords.Header("own", "1"));
    private static readonly Input Bad = Input.Of(0, "key", "[1]", TestRecords.Header("own", "1"));

    [Fact]
    public Task BatchIsTooLarge_RecordsAreSentAloneInOrderWithoutDeadLetters() => FirstBatchIsRefused(MessageTooLarge, 30);

    [Theory]
    [InlineData(MessageTooLarge)]
    [InlineData(TopicAuthorizationFailed)]
    public Task OneOfManyBatchesIsRefused_NoOtherOvertakesItsRecords(int code) =>
        FirstBatchIsRefused(code, 100, ("Seldon:Kafka:Producer:batch.num.messages", "10"));

    [Theory]
    [InlineData(new[] { MessageTooLarge, MessageTooLarge }, "result-too-large")]
    [InlineData(new[] { InvalidRecord }, "result-refused")]
    public async Task ResultItselfIsRefused_RecordIsADeadLetterWithItsOriginalValue(int[] codes, string reason)
    {
        var (deadLetter, host) = await Process(Good, codes);

        Assert.Equal(reason, deadLetter.Headers.TextOf("seldon-error-reason"));
        Assert.Equal(Good.Value, deadLetter.Value);
        Assert.Equal(Good.Key, deadLetter.Key);
        Assert.Equal("1", deadLetter.Headers.TextOf("own"));
        Assert.True(host.Logs.Has(reason, LogLevel.Warning));
    }

    [Fact]
    public async Task ResultAndDeadLetterAreTooLarge_DeadLetterHasNoValueButItsLengthAndHash()
    {
        var (deadLetter, _) = await Process(Good, MessageTooLarge, MessageTooLarge, MessageTooLarge);

        Assert.Equal("result-too-large", deadLetter.Headers.TextOf("seldon-error-reason"));
        AssertCut(Good, deadLetter);
        Assert.Equal(Good.Key, deadLetter.Key);
        Assert.Equal("1", deadLetter.Headers.TextOf("own"));
    }

    [Fact]
    public async Task DeadLetterIsTooLarge_ItHasNoValueButItsLengthAndHash()
    {
        var (deadLetter, _) = await Process(Bad, MessageTooLarge, MessageTooLarge);

        Assert.Equal("invalid-json", deadLetter.Headers.TextOf("seldon-error-reason"));
        AssertCut(Bad, deadLetter);
        Assert.Equal("1", deadLetter.Headers.TextOf("own"));
    }

    [Fact]
    public async Task DeadLetterWithoutValueIsTooLarge_NothingIsLeftButTheReason()
    {
        var (deadLetter, _) = await Process(Bad, MessageTooLarge, MessageTooLarge, MessageTooLarge);

        Assert.Equal("invalid-json", deadLetter.Headers.TextOf("seldon-error-reason"));
        AssertCut(Bad, deadLetter);
        Assert.Null(deadLetter.Key);
        Assert.Null(deadLetter.Headers.TextOf("own"));
    }

    [Fact]
    public async Task TombstonesDeadLetterIsTooLarge_OnlyTheReasonIsLeftAndSaysThatItIsCut()
    {
        var (deadLetter, _) = await Process(new Input(0, "key"u8.ToArray(), null, TestRecords.Header("own", "1")), MessageTooLarge, MessageTooLarge);

        Assert.Equal("empty-value", deadLetter.Headers.TextOf("seldon-error-reason"));
        Assert.Null(deadLetter.Key);
        Assert.Null(deadLetter.Headers.TextOf("own"));
        Assert.Equal("-1", deadLetter.Headers.TextOf("seldon-error-value-length"));
        Assert.True(DeadLetterNote.Read(deadLetter)!.IsCut);
    }

    [Fact]
    public async Task TombstonesDeadLetterWithOneHeaderIsTooLarge_TheHeaderIsLeftOut()
    {
        var (deadLetter, _) = await Process(new Input(0, null, null, TestRecords.Header("own", "1")), MessageTooLarge, MessageTooLarge);

        Assert.Null(deadLetter.Headers.TextOf("own"));
        Assert.True(DeadLetterNote.Read(deadLetter)!.IsCut);
    }

    private static async Task FirstBatchIsRefused(int code, int records, params (string Name, string? Value)[] settings)
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1, outputs: 1);
        // All results are ready at once, when the first one is.
        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(call => call.Says("\"0-0\""), released.Task);
        var inputs = Input.Many(0, records).ToList();
        await bed.ProduceAsync(inputs);
        bed.Broker.PushProduceErrors(code);
        var host = bed.Start(settings);
        using var published = bed.Read();
        await Until.True(() => bed.Model.Calls.Count == inputs.Count);
        released.SetResult();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Empty(published.DeadLetters);
    }

    private static async Task<(Record DeadLetter, RunningHost Host)> Process(Input input, params int[] codes)
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        // Another record follows, so that it is seen to go on.
        var next = Input.Rest(0, 1);
        await bed.ProduceAsync([input]);
        bed.Broker.PushProduceErrors(codes);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(1);
        await bed.ProduceAsync([next]);
        await published.UntilSources(2);
        await host.StopAsync();
        await published.UntilEnd();

        Account.EachOnce([input, next], published);
        Assert.Equal(2, bed.Committed()[0]);
        return (Assert.Single(published.DeadLetters).Record, host);
    }

    private static void AssertCut(Input input, Record deadLetter)
    {
        Assert.Null(deadLetter.Value);
        Assert.Equal($"{input.Value!.Length}", deadLetter.Headers.TextOf("seldon-error-value-length"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(input.Value)), deadLetter.Headers.TextOf("seldon-error-value-sha256"));
    }
}
