using System.Text;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Values that are no request: each has its reason, and none is sent.</summary>
public sealed class BadValueTests : IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, InlineData(Transport.Rest, false), InlineData(Transport.Rest, true), InlineData(Transport.Grpc, false), InlineData(Transport.Grpc, true)]
    public async Task NullOrEmpty_IsEmptyValue(Transport transport, bool isNull) =>
        Assert.Equal(RejectionReason.EmptyValue, (await InferUnsent(transport, isNull ? null : [])).Reason);

    [Theory]
    [InlineData("[1,2]"), InlineData("1"), InlineData("\"text\""), InlineData("null"), InlineData("true"), InlineData("   "), InlineData("\r\n\t [")]
    [InlineData("\0{}"), InlineData("\u00a0{}"), InlineData("}")]
    public async Task NoJsonObject_IsInvalidJson(string value) =>
        Assert.Equal(RejectionReason.InvalidJson, (await InferUnsent(Transport.Rest, Encoding.UTF8.GetBytes(value))).Reason);

    [Fact]
    public async Task NotUtf8_IsInvalidJson() => Assert.Equal(RejectionReason.InvalidJson, (await InferUnsent(Transport.Rest, [0xff, 0xfe, (byte)'{'])).Reason);

    /// <summary>Zero, schema 7, and for protobuf the message's index; gzip; UTF-16; JSON as text; JSON where a message is expected.</summary>
    [Theory]
    [InlineData(Transport.Rest, "00000000077b7d", "schema registry"), InlineData(Transport.Grpc, "0000000007000a00", "schema registry")]
    [InlineData(Transport.Rest, "1f8b0800", "content-encoding"), InlineData(Transport.Grpc, "1f8b0800", "gzip")]
    [InlineData(Transport.Rest, "feff007b007d", "UTF-16"), InlineData(Transport.Rest, "fffe7b007d00", "UTF-16")]
    [InlineData(Transport.Rest, "227b7d22", "a JSON string"), InlineData(Transport.Grpc, "7b7d", "like JSON"), InlineData(Transport.Grpc, "efbbbf5b5d", "like JSON")]
    [InlineData(Transport.Rest, "5b5d", null), InlineData(Transport.Rest, "000102", null), InlineData(Transport.Grpc, "0a05", null)]
    public async Task StartOfSomethingElse_IsInTheReason(Transport transport, string hex, string? said)
    {
        var message = (await InferUnsent(transport, Convert.FromHexString(hex))).Message;

        if (said is null) Assert.DoesNotContain("It begins", message, StringComparison.Ordinal);
        else Assert.Matches($" It begins .*{said}", message);
    }

    [Theory]
    [InlineData("{}"), InlineData(" \r\n\t{\"instances\":[NaN,-Infinity]}"), InlineData("{\"a\":1} trailing"), InlineData("{broken")]
    public async Task StartsAnObject_IsSentAsItIs(string value)
    {
        var outcome = await Infer(Transport.Rest, Encoding.UTF8.GetBytes(value));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal(value, Encoding.UTF8.GetString(Assert.Single(_model.Calls).Body));
    }

    [Theory, InlineData(null, 0), InlineData("version", 7), InlineData("label", 0)]
    public async Task TruncatedAtEveryOffset_IsSentOnlyIfItIsAWholeRequest(string? kind, int version)
    {
        var whole = TestRecords.Predict(version: kind == "version" ? version : null, label: kind == "label" ? "stable" : null);
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc);

        for (var length = 1; length < whole.Length; length++)
        {
            var calls = _model.Calls.Count;
            var outcome = await Until.Decided(engine.Infer(TestRecords.Grpc(whole[..length], length)));

            var sendable = IsWholeRequest(whole[..length]);
            Assert.Equal(sendable ? null : RejectionReason.InvalidProtobuf, outcome.Rejection?.Reason);
            Assert.Equal(sendable ? 1 : 0, _model.Calls.Count - calls);
        }
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Grpc(whole)))).Kind);
    }

    [Theory, InlineData(Transport.Grpc, 1), InlineData(Transport.Grpc, 2), InlineData(Transport.Rest, 3), InlineData(Transport.Rest, 4)]
    public async Task RandomBytes_AreRejectedUnsent(Transport transport, int seed)
    {
#pragma warning disable CA5394 // The same bytes in every run are wanted.
        var random = new Random(seed);
        await using var engine = EngineUnderTest.For(_model, transport);
        for (var i = 0; i < 1000; i++)
        {
            var value = new byte[random.Next(1, 200)];
            random.NextBytes(value);
            // A REST value that starts an object is one for all that we look at.
            if (value[0] is (byte)'{' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') value[0] = 0;

            var outcome = await Until.Decided(engine.Infer(transport == Transport.Grpc ? TestRecords.Grpc(value, i) : TestRecords.Of(value, i)));

            Assert.Equal(transport == Transport.Grpc ? RejectionReason.InvalidProtobuf : RejectionReason.InvalidJson, outcome.Rejection?.Reason);
        }
#pragma warning restore CA5394
        Assert.Empty(_model.Calls);
    }

    [Fact]
    public async Task OneFlippedByte_IsNeverADefect()
    {
        var whole = TestRecords.Predict(version: 3);
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc);
        for (var i = 0; i < whole.Length; i++)
        {
            foreach (var bit in new byte[] { 1, 0x10, 0x80 })
            {
                byte[] value = [.. whole];
                value[i] ^= bit;

                var outcome = await Until.Decided(engine.Infer(TestRecords.Grpc(value, i)));

                Assert.True(
                    outcome.Kind == OutcomeKind.Answered || outcome.Rejection?.Reason == RejectionReason.InvalidProtobuf,
                    $"Byte {i} ^ {bit}: {outcome.Rejection}");
            }
        }
    }

    [Fact]
    public async Task ForeignMessages_AreInvalidProtobuf()
    {
        byte[][] foreign =
        [
            new GetModelStatusRequest { ModelSpec = new ModelSpec { Name = "m" } }.ToByteArray(),
            new ModelSpec { Name = "m" }.ToByteArray(),
            "{\"instances\":[1]}"u8.ToArray(),
            "plain text"u8.ToArray(),
            // SeldonMessage { 5 strData }
            [0x2a, 2, (byte)'h', (byte)'i'],
        ];
        foreach (var value in foreign)
            Assert.Equal(RejectionReason.InvalidProtobuf, (await InferUnsent(Transport.Grpc, value)).Reason);
    }

    [Fact]
    public async Task NoModelName_IsInvalidProtobuf()
    {
        var inputs = new PredictRequest { Inputs = { ["a"] = new Tensor { Dtype = 1 } } };
        Assert.Contains("model_spec.name", (await InferUnsent(Transport.Grpc, inputs.ToByteArray())).Message, StringComparison.Ordinal);

        inputs.ModelSpec = new ModelSpec { SignatureName = "serving_default" };
        Assert.Contains("model_spec.name", (await InferUnsent(Transport.Grpc, inputs.ToByteArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoInputs_IsInvalidProtobuf() =>
        Assert.Contains("inputs", (await InferUnsent(Transport.Grpc, new PredictRequest { ModelSpec = new ModelSpec { Name = "m" } }.ToByteArray())).Message, StringComparison.Ordinal);

    [Theory]
    // Tensor: dtype 1, float_val packed; unpacked; in two runs; int_val unpacked; an unknown field 1000.
    [InlineData("08012a080000803f00000040")]
    [InlineData("08012d0000803f2d00000040")]
    [InlineData("08012a040000803f2a0400000040")]
    [InlineData("08033801380238ffffffffffffffffff01")]
    [InlineData("0801c23e0161")]
    [InlineData("")]
    public async Task EveryWayToWriteATensor_IsSentAsItIs(string tensor)
    {
        var value = Request(Convert.FromHexString(tensor));

        var outcome = await Infer(Transport.Grpc, value);

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal(value, Assert.Single(_model.Calls).Body);
    }

    [Theory]
    // float_val of three bytes; float_val as varint; int_val that ends within a varint; a shape that is no message; a group.
    [InlineData("2a03000080")]
    [InlineData("2801")]
    [InlineData("3a0180")]
    [InlineData("1201ff")]
    [InlineData("0b0c")]
    public async Task TensorIsWrittenWrongly_IsInvalidProtobuf(string tensor) =>
        Assert.Equal(RejectionReason.InvalidProtobuf, (await InferUnsent(Transport.Grpc, Request(Convert.FromHexString(tensor)))).Reason);

    [Fact]
    public async Task InputsNameIsNoUtf8_IsInvalidProtobuf() =>
        Assert.Equal(RejectionReason.InvalidProtobuf, (await InferUnsent(Transport.Grpc, [0x0a, 3, 0x0a, 1, (byte)'m', 0x12, 3, 0x0a, 1, 0xff])).Reason);

    private async Task<Outcome> Infer(Transport transport, byte[]? value)
    {
        await using var engine = EngineUnderTest.For(_model, transport);
        return await Until.Decided(engine.Infer(transport == Transport.Grpc ? TestRecords.Of(value, 0, TestRecords.Header("proto-name", TestRecords.PredictRequestName)) : TestRecords.Of(value)));
    }

    private async Task<Rejection> InferUnsent(Transport transport, byte[]? value)
    {
        var outcome = await Infer(transport, value);
        Assert.Equal((OutcomeKind.Rejected, "default", 0), (outcome.Kind, outcome.Rejection?.Route, outcome.Rejection?.Attempts));
        Assert.Empty(_model.Calls);
        return outcome.Rejection!;
    }

    /// <summary>PredictRequest { model_spec { name "m" }, inputs { "a": tensor } }</summary>
    private static byte[] Request(byte[] tensor) =>
        [0x0a, 3, 0x0a, 1, (byte)'m', 0x12, (byte)(5 + tensor.Length), 0x0a, 1, (byte)'a', 0x12, (byte)tensor.Length, .. tensor];

    /// <summary>What Google's own parser says.</summary>
    private static bool IsWholeRequest(byte[] value)
    {
        try
        {
            var request = PredictRequest.Parser.ParseFrom(value);
            return request.ModelSpec?.Name.Length > 0 && request.Inputs.Count > 0;
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidOperationException)
        {
            // The second is what it throws at the end of a wrapper's bytes.
            return false;
        }
    }
}
