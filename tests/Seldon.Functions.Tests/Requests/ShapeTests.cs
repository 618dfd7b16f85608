using Google.Protobuf;
using Seldon.Functions.Protocols;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Tests.Requests;

/// <summary>V2's tensors: as many elements as the shape says, in the place that the datatype says, or rejected with the reason.</summary>
public sealed class ShapeTests : IAsyncLifetime
{
    private const string Elements = "has not as many elements as its shape says";
    private const string CannotBe = "has a shape that cannot be";
    private static readonly RequestType Type = RequestTypes.All["inference.ModelInferRequest"];

    /// <summary>Datatype; its field of InferTensorContents, or 0; how an element is written there; its bytes in raw contents.</summary>
    private static readonly (string Name, int Field, byte[] Element, int Bytes)[] Types =
    [
        ("BOOL", 1, [1], 1), ("INT8", 2, [5], 1), ("INT16", 2, [0x80, 0x01], 2), ("INT32", 2, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 4),
        ("INT64", 3, [0x80, 0x80, 1], 8), ("UINT8", 4, [0xff, 1], 1), ("UINT16", 4, [7], 2), ("UINT32", 4, [0xff, 0xff, 0xff, 0xff, 0xf], 4), ("UINT64", 5, [9], 8),
        ("FP32", 6, [0, 0, 0x80, 0x3f], 4), ("FP64", 7, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 8), ("FP16", 0, [], 2), ("BF16", 0, [], 2),
    ];

    private ScriptedModel _model = null!;
    private EngineUnderTest _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync();
        _engine = Type.EngineFor(_model);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task TypedContents_MustFillTheShape_PackedOrNot()
    {
        foreach (var (name, field, element, _) in Types.Where(t => t.Field > 0))
        {
            foreach (var (shape, full) in new (long[], int)[] { ([2, 3], 6), ([6], 6), ([], 1), ([0], 0), ([3, 0], 0), ([40], 40) })
            {
                foreach (var count in new[] { full - 1, full, full + 1 }.Where(c => c >= 0))
                {
                    await AssertIs(count == full ? null : Elements, Infer(Tensor(name, shape, Packed(field, element, count))));
                    await AssertIs(count == full ? null : Elements, Infer(Tensor(name, shape, OneByOne(field, element, count))));
                }
            }
            // In two runs, one of them not packed; and in contents that come in parts.
            await AssertIs(null, Infer(Tensor(name, [4], [.. Packed(field, element, 3), .. OneByOne(field, element, 1)])));
            await AssertIs(null, Infer([.. Tensor(name, [4], Packed(field, element, 3)), .. new WireWriter().Bytes(5, Packed(field, element, 1)).ToArray()]));
            await AssertIs(Elements, Infer(Tensor(name, [4], [.. Packed(field, element, 4), .. new WireWriter().Bytes(8, [1]).ToArray()])));
            // A field that nobody knows is no element.
            await AssertIs(null, Infer(Tensor(name, [4], [.. Packed(field, element, 4), .. new WireWriter().Varint(99, 1).ToArray()])));
        }
    }

    [Fact]
    public async Task RawContents_MustFillTheShape()
    {
        foreach (var (name, _, _, bytes) in Types)
        {
            foreach (var (shape, full) in new (long[], int)[] { ([2, 3], 6), ([], 1), ([0, 5], 0) })
            {
                await AssertIs(null, Infer(Tensor(name, shape), Raw(full * bytes)));
                await AssertIs(Elements, Infer(Tensor(name, shape), Raw((full + 1) * bytes)));
                if (full > 0) await AssertIs(Elements, Infer(Tensor(name, shape), Raw(full * bytes - 1)));
            }
        }
    }

    [Theory]
    [InlineData(2, "0100000061" + "0200000062ff", null), InlineData(2, "0000000000000000", null), InlineData(0, "", null)]
    [InlineData(1, "0100000061" + "0200000062ff", Elements), InlineData(2, "0100000061", Elements), InlineData(1, "", Elements)]
    [InlineData(1, "01000000", Elements), InlineData(1, "010000", Elements), InlineData(1, "ffffffff61", Elements), InlineData(1, "ffffff7f61", Elements)]
    [InlineData(1, "010000006162", Elements), InlineData(2, "0100000061000000", Elements)]
    public Task RawBytes_MustBeFramedAndFillTheShape(long size, string raw, string? problem) =>
        AssertIs(problem, Infer(Tensor("BYTES", [size]), Convert.FromHexString(raw)));

    [Theory, InlineData(2, null), InlineData(1, Elements), InlineData(3, Elements), InlineData(0, Elements)]
    public Task TypedBytes_MustFillTheShape(int count, string? problem) =>
        AssertIs(problem, Infer(Tensor("BYTES", [2], [.. Enumerable.Repeat(new WireWriter().Bytes(8, [0xff, 0]).ToArray(), count).SelectMany(b => b)])));

    [Theory]
    [InlineData(CannotBe, -1L), InlineData(CannotBe, -1L, -1L), InlineData(CannotBe, long.MinValue), InlineData(CannotBe, 2L, long.MaxValue), InlineData(CannotBe, 1L << 32, 1L << 32)]
    [InlineData(CannotBe, 1L << 32, 1L << 31, 2L), InlineData(Elements, 1L << 31, 1L << 31), InlineData(Elements, long.MaxValue), InlineData(Elements, 0L, long.MaxValue)]
    public async Task ShapeThatCannotBe_IsRejected(string problem, params long[] shape)
    {
        // The product of [2^32, 2^31, 2] is 2^64, which is 0 in 64 bits.
        await AssertIs(problem, Infer(Tensor("FP32", shape, Packed(6, [0, 0, 0, 0], 1))));
        await AssertIs(problem, Infer(Tensor("FP32", shape), Raw(4)));
        await AssertIs(problem, Infer([.. Tensor("FP32", []), .. shape.SelectMany(s => new WireWriter().Varint(3, s).ToArray())], Raw(4)));
    }

    [Fact]
    public async Task ContentsInTheWrongPlace_AreRejected()
    {
        await AssertIs("has typed contents beside raw ones", Infer(Tensor("FP32", [1], Packed(6, [0, 0, 0, 0], 1)), Raw(4)));
        await AssertIs("has a datatype that only raw contents can carry", Infer(Tensor("FP16", [1], Packed(2, [1], 1))));
        await AssertIs("has no datatype", Infer(Tensor("", [1]), Raw(4)));
        await AssertIs("has 1 inputs, but 2 raw_input_contents", Infer(Tensor("FP32", [1]), Raw(4), Raw(4)));
        await AssertIs("Input 1 of the ModelInferRequest has no datatype", Request(new() { Datatype = "INT8", Shape = { 0 } }, new() { Shape = { 0 } }));
        await AssertIs("has 2 inputs, but 1 raw_input_contents", new ModelInferRequest
        {
            ModelName = "m",
            Inputs = { new InferInputTensor { Datatype = "INT8" }, new InferInputTensor { Datatype = "INT8" } },
            RawInputContents = { ByteString.CopyFrom(1) },
        }.ToByteArray());
        await AssertIs("has no inputs", Request());
        await AssertIs("names no model", new ModelInferRequest { Inputs = { RequestTypes.Fp32 } }.ToByteArray());
        // What datatypes there are, the server knows better.
        await AssertIs(null, Infer(Tensor("FP8", [1])));
    }

    private async Task AssertIs(string? problem, byte[] value)
    {
        Assert.True(Type.IsWhole(value) == (problem is null), $"Google's messages, read plainly: {problem}");
        var calls = _model.Calls.Count;
        var outcome = await Until.Decided(_engine.Infer(Type.Record(value)));
        Assert.Contains(problem ?? "", outcome.Rejection?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(problem is null ? (OutcomeKind.Answered, 1) : (OutcomeKind.Rejected, 0), (outcome.Kind, _model.Calls.Count - calls));
        if (problem is null) Assert.Equal(value, _model.Calls.Last().Body);
    }

    private static byte[] Request(params InferInputTensor[] inputs) => new ModelInferRequest { ModelName = "m", Inputs = { inputs } }.ToByteArray();

    private static byte[] Infer(byte[] tensor, params byte[][] raws)
    {
        var request = new WireWriter().Text(1, "m").Bytes(5, tensor);
        foreach (var raw in raws) request.Bytes(7, raw);
        return request.ToArray();
    }

    private static byte[] Tensor(string datatype, long[] shape, byte[]? contents = null)
    {
        var tensor = new InferInputTensor { Name = "x", Datatype = datatype, Shape = { shape } }.ToByteArray();
        return contents is null ? tensor : [.. tensor, .. new WireWriter().Bytes(5, contents).ToArray()];
    }

    private static byte[] Packed(int field, byte[] element, int count) => new WireWriter().Bytes(field, [.. Enumerable.Repeat(element, count).SelectMany(b => b)]).ToArray();

    private static byte[] OneByOne(int field, byte[] element, int count)
    {
        var wireType = field switch { 6 => WireReader.Fixed32, 7 => WireReader.Fixed64, _ => WireReader.Varint };
        return [.. Enumerable.Repeat((byte[])[(byte)((field << 3) | wireType), .. element], count).SelectMany(b => b)];
    }

    private static byte[] Raw(int length) => new byte[length];
}
