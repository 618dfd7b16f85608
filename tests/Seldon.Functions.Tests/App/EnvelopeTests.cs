using System.Text;
using Seldon.Functions.App;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.App;

/// <summary>Which results leave through the host's binding, and how they look there. The envelopes are written out by hand.</summary>
public class EnvelopeTests
{
    [Fact]
    public void TextWithKeyAndHeaders_IsTheWholeEnvelope() => Assert.Equal(
        """
        {"Offset":0,"Partition":0,"Topic":"out","Timestamp":"1970-01-01T00:00:00Z","Value":"{\u0022a\u0022:[1]}","Headers":[{"Key":"a","Value":"1"},{"Key":"a","Value":""}],"Key":"k"}
        """,
        Envelope.From(Result("""{"a":[1]}""", "k", ("a", "1"), ("a", ""))));

    [Fact]
    public void NullKey_IsLeftOut() => Assert.Equal(
        """
        {"Offset":0,"Partition":0,"Topic":"out","Timestamp":"1970-01-01T00:00:00Z","Value":"x","Headers":[]}
        """,
        Envelope.From(Result("x", null)));

    [Fact]
    public void TextBeyondAscii_IsEscaped() => Assert.Equal(
        """
        {"Offset":0,"Partition":0,"Topic":"out","Timestamp":"1970-01-01T00:00:00Z","Value":"gr\u00FCn \uD83D\uDE00\n","Headers":[{"Key":"gr\u00F6\u00DFe","Value":"\u0000"}],"Key":"\u00E9"}
        """,
        Envelope.From(Result("grün 😀\n", "é", ("größe", "\0"))));

    [Theory]
    [InlineData("2024-01-02T03:04:05")]
    [InlineData("2024-01-02T03:04:05Z")]
    [InlineData("2024-01-02T03:04:05.1234567+01:00")]
    [InlineData("/Date(1704164645000)/")]
    public void WhatTheHostWouldTakeForADate_DoesNotLeaveThroughTheBinding(string date)
    {
        Assert.Null(Envelope.From(Result(date, "k")));
        Assert.Null(Envelope.From(Result("x", date)));
        Assert.Null(Envelope.From(Result("x", "k", ("a", date))));
        Assert.Null(Envelope.From(Result("x", "k", (date, "a"))));
    }

    [Theory]
    [InlineData("2024-01-02")]
    [InlineData("2024-01-02 03:04:05")]
    [InlineData("\"2024-01-02T03:04:05\"")]
    [InlineData("at 2024-01-02T03:04:05")]
    [InlineData("1704164645")]
    public void WhatOnlyLooksLikeADate_Leaves(string text) => Assert.NotNull(Envelope.From(Result(text, text, ("a", text))));

    [Fact]
    public void BytesThatAreNotText_DoNotLeaveThroughTheBinding()
    {
        byte[] bytes = [0x7b, 0xff];
        Assert.Null(Envelope.From(new ProducerRecord("out", 0, null, bytes, [])));
        Assert.Null(Envelope.From(new ProducerRecord("out", 0, bytes, "x"u8.ToArray(), [])));
        Assert.Null(Envelope.From(new ProducerRecord("out", 0, null, "x"u8.ToArray(), [new Header("a", bytes)])));
        Assert.Null(Envelope.From(new ProducerRecord("out", 0, null, "x"u8.ToArray(), [new Header("a", null)])));
        Assert.Null(Envelope.From(new ProducerRecord("out", 0, null, null, [])));
    }

    [Fact]
    public void EmptyKeyAndEmptyValue_DoNotLeaveThroughTheBinding()
    {
        Assert.Null(Envelope.From(Result("x", "")));
        Assert.Null(Envelope.From(Result("", "k")));
    }

    [Fact]
    public void LargerThanTheBindingTakes_DoesNotLeaveThroughIt()
    {
        Assert.NotNull(Envelope.From(Result(new string('x', 899_000), null)));
        Assert.Null(Envelope.From(Result(new string('x', 900_001), null)));
    }

    [Fact]
    public async Task DeliveryByTheHost_TextIsReturnedAndTheRestIsPublishedAndAcknowledged()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = call => call.IsGrpc ? Reactions.Digest : Reactions.Http(200, """{"predictions":[1]}""");
        Input[] inputs =
        [
            Input.Of(0, "k", "{}", TestRecords.Header("own", "1")),
            new(0, null, TestRecords.Predict(), TestRecords.Header("proto-name", TestRecords.PredictRequestName)),
            Input.Of(0, "k", "[]"),
            new(0, [0xff], "{}"u8.ToArray()),
        ];

        var output = await (await bed.AppAsync(("KAFKA_DELIVERY", "host"))).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);

        Assert.Null(output.DeadLetters);
        Assert.Equal(
            """
            {"Offset":0,"Partition":0,"Topic":"out","Timestamp":"1970-01-01T00:00:00Z","Value":"{\u0022predictions\u0022:[1]}","Headers":[{"Key":"own","Value":"1"},{"Key":"content-type","Value":"application/json"},{"Key":"seldon-puid","Value":"in-0-0"},{"Key":"seldon-model","Value":"m"},{"Key":"seldon-source","Value":"in/0/0"},{"Key":"seldon-source-timestamp","Value":"1700000000123"}],"Key":"k"}
            """,
            Assert.Single(output.Results!));
        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Assert.Equal([1, 3], published.Results.Select(p => p.Source.Offset).Order());
        Assert.Equal([2], published.DeadLetters.Select(p => p.Source.Offset));
    }

    [Fact]
    public async Task DeliveryByTheHostWithoutAnyText_ReturnsNullInsteadOfAnEmptyRecord()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);

        var output = await (await bed.AppAsync(("KAFKA_DELIVERY", "host"))).InvokeAsync(FunctionBed.Batch([Input.Of(0, "k", "[]")]), CancellationToken.None);

        Assert.Null(output.Results);
    }

    [Fact]
    public async Task RouteWithAnOutputTopicOfItsOwn_DoesNotLeaveThroughTheBinding()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Broker.CreateTopic("own", 1);
        var app = await bed.AppAsync(
            ("KAFKA_DELIVERY", "host"), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null), ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null),
            ("Seldon:Routes:0:Name", "a"), ("Seldon:Routes:0:OutputTopic", "own"), ("Seldon:Routes:0:Model", "m"), ("Seldon:Routes:0:Protocol", "tensorflow"),
            ("Seldon:Routes:0:RestUrl", bed.Bed.Model.RestUrl));

        var output = await app.InvokeAsync(FunctionBed.Batch([Input.Of(0, "k", "{}")]), CancellationToken.None);

        Assert.Null(output.Results);
        Assert.Single(bed.Bed.Model.Calls);
    }

    private static ProducerRecord Result(string value, string? key, params (string Name, string Value)[] headers) => new(
        "out", 0, key is null ? null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), [.. headers.Select(h => TestRecords.Header(h.Name, h.Value))]);
}
