using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Invariants 1, 5 and 6: every record ends once, as a result or as a dead letter, its bytes unchanged; no input ends the process.</summary>
public class EveryRecordEndsOnceTests
{
    private static readonly string[] SetByUs = ["content-type", "proto-name", "seldon-puid", "seldon-model", "seldon-source", "seldon-source-timestamp"];

    [Fact]
    public async Task GoodAndBadRecordsOfEveryKind_EndOnceAsResultOrDeadLetter()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = MixedRecords.Script;
        var cases = MixedRecords.Cases(partitions: 4, times: 3);
        var inputs = cases.Select(c => c.Input).ToList();
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("MODEL_TIMEOUT", "1500ms"));
        using var published = bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        foreach (var (place, expected) in Account.Places(inputs).Zip(cases))
        {
            var actual = published.All.Single(p => p.Source == place);
            Assert.Equal((expected.Name, expected.Reason), (expected.Name, actual.Reason));
            Assert.Equal(expected.Input.Key, actual.Record.Key);
            if (actual.IsDeadLetter) AssertOriginal(expected.Input, actual.Record);
            else AssertHeadersKept(expected.Input, actual.Record);
        }
        Assert.Equal(inputs.Count, bed.Committed().Sum());
    }

    [Fact]
    public async Task RecordOfOneAndAHalfMegabytes_IsAnswered()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var large = Input.Of(0, "k", $$"""{"a":"{{new string('x', 1_500_000)}}"}""");
        await bed.ProduceAsync([large]);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(1);
        await host.StopAsync();

        Assert.Equal(large.Value, Assert.Single(bed.Model.Calls).Body);
        Assert.False(Assert.Single(published.All).IsDeadLetter);
    }

    [Fact]
    public async Task BadRecordOfOneAndAHalfMegabytes_IsADeadLetterWithAllItsBytes()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var large = Input.Of(0, "k", $"[\"{new string('x', 1_500_000)}\"]");
        await bed.ProduceAsync([large]);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(1);
        await host.StopAsync();

        AssertOriginal(large, Assert.Single(published.DeadLetters).Record);
    }

    [Fact]
    public async Task GrpcRouteWithoutProtoName_IsADeadLetter()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        await bed.ProduceAsync([new Input(0, null, TestRecords.Predict())]);
        var host = bed.Start(("SELDON_TRANSPORT", "grpc"), ("MODEL_REST_URL", null));
        using var published = bed.Read();

        await published.UntilSources(1);
        await host.StopAsync();

        Assert.Equal("missing-proto-name", Assert.Single(published.All).Reason);
        Assert.Empty(bed.Model.Calls);
    }

    [Theory, InlineData("{}"), InlineData("[]")]
    public async Task NullEmptyAndRepeatedHeadersAndEmptyKey_ComeOutAsTheyWentIn(string value)
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        Header[] headers = [new("null", null), new("empty", []), TestRecords.Header("twice", "1"), new("bytes", [0, 0xff]), TestRecords.Header("twice", "2"), TestRecords.Header("Twice", "3")];
        Input[] inputs = [Input.Of(0, "", value, headers), Input.Of(0, null, value, headers)];
        await bed.ProduceAsync(inputs);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(2);
        await host.StopAsync();

        Assert.Equal(value == "[]" ? 2 : 0, published.DeadLetters.Count());
        foreach (var publication in published.All)
        {
            Assert.Equal(inputs[publication.Source.Offset].Key, publication.Record.Key);
            AssertSame(headers, publication.Record.Headers.Take(headers.Length));
        }
    }

    /// <summary>A dead letter is the record itself, and then the headers that say why.</summary>
    private static void AssertOriginal(Input input, Record deadLetter)
    {
        Assert.Equal(input.Key, deadLetter.Key);
        Assert.True(input.Value is null ? deadLetter.Value is null : deadLetter.Value is not null && input.Value.AsSpan().SequenceEqual(deadLetter.Value));
        var kept = input.Headers.Where(h => !h.Name.StartsWith("seldon-error-", StringComparison.Ordinal)).ToList();
        AssertSame(kept, deadLetter.Headers.Take(kept.Count));
        Assert.Equal(
            ["reason", "message", "status", "route", "attempts", "topic", "partition", "offset", "timestamp"],
            deadLetter.Headers.Skip(kept.Count).Select(h => h.Name["seldon-error-".Length..]));
    }

    private static void AssertHeadersKept(Input input, Record result)
    {
        var kept = input.Headers.Where(h => !SetByUs.Contains(h.Name)).ToList();
        AssertSame(kept, result.Headers.Take(kept.Count));
        Assert.All(result.Headers.Skip(kept.Count), h => Assert.Contains(h.Name, SetByUs));
    }

    private static void AssertSame(IEnumerable<Header> expected, IEnumerable<Header> actual) =>
        Assert.Equal(expected.Select(Show), actual.Select(Show));

    private static string Show(Header header) => $"{header.Name}: {(header.Value is null ? "null" : Convert.ToHexString(header.Value))}";
}
