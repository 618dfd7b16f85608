using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>V2's tensors: with contents, and as many elements as the shape says where there is one way to count them, or rejected with the reason.</summary>
public sealed class ShapeTests : IAsyncLifetime
{
    private const string Elements = "does not have as many elements as its shape says";
    private const string CutOff = "has raw BYTES that are cut off";
    private const string CannotBe = "has a shape that cannot be";
    private static readonly RequestType Type = RequestTypes.All["inference.ModelInferRequest"];

    /// <summary>Datatype; its field of InferTensorContents, or 0; how an element is written there; its bytes in raw contents.</summary>
    private static readonly (string Name, int Field, byte[] Element, int Bytes)[] Types =
    [
        ("BOOL", 1, [1], 1), ("INT8", 2, [5], 1), ("INT16", 2, [0x80, 0x01], 2), ("INT32", 2, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 4),
        ("INT64", 3, [0x80, 0x80, 1], 8), ("UINT8", 4, [0xff, 1], 1), ("UINT16", 4, [7], 2), ("UINT32", 4, [0xff, 0xff, 0xff, 0xff, 0xf], 4), ("UINT64", 5, [9], 8),
        ("FP32", 6, [0, 0, 0x80, 0x3f], 4), ("FP64", 7, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 8), ("FP16", 0, [], 2), ("BF16", 0, [], 2),
    ];

    private static readonly InferInputTensor RawInt8 = new() { Name = "raw", Datatype = "INT8", Shape = { 1 } };

    private static readonly InferInputTensor InSharedMemory = new()
    {
        Name = "shared",
        Datatype = "FP32",
        Shape = { 1, 2 },
        Parameters = { ["shared_memory_region"] = new() { StringParam = "r" }, ["shared_memory_byte_size"] = new() { Int64Param = 8 } },
    };

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
                    var problem = count == full ? null : count == 0 ? "has no contents" : Elements;
                    await AssertIs(problem, Infer(Tensor(name, shape, Packed(field, element, count))));
                    await AssertIs(problem, Infer(Tensor(name, shape, OneByOne(field, element, count))));
                }
            }
            // In two runs, one of them not packed; and in contents that come in parts.
            await AssertIs(null, Infer(Tensor(name, [4], [.. Packed(field, element, 3), .. OneByOne(field, element, 1)])));
            await AssertIs(null, Infer([.. Tensor(name, [4], Packed(field, element, 3)), .. new WireWriter().Bytes(5, Packed(field, element, 1)).ToArray()]));
            await AssertIs(null, Infer(Tensor(name, [4], [.. Packed(field, element, 3), .. new WireWriter().Bytes(8, [1]).ToArray()])));
            // A field that nobody knows may hold elements.
            await AssertIs(null, Infer(Tensor(name, [4], [.. Packed(field, element, 3), .. new WireWriter().Varint(99, 1).ToArray()])));
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
    [InlineData(1, "0100000061" + "0200000062ff", null), InlineData(2, "0100000061", null), InlineData(1, "", null), InlineData(-1, "0100000061", null)]
    [InlineData(1, "01000000", CutOff), InlineData(1, "010000", CutOff), InlineData(1, "ffffffff61", CutOff), InlineData(1, "ffffff7f61", CutOff)]
    [InlineData(1, "010000006162", CutOff), InlineData(2, "0100000061000000", CutOff), InlineData(-1, "010000006162", CutOff)]
    public Task RawBytes_MustBeFramed(long size, string raw, string? problem) =>
        AssertIs(problem, Infer(Tensor("BYTES", [size]), Convert.FromHexString(raw)));

    [Theory, InlineData(2, null), InlineData(1, null), InlineData(3, null), InlineData(0, "has no contents")]
    public Task TypedBytes_MustBeThere(int count, string? problem) =>
        AssertIs(problem, Infer(Tensor("BYTES", [2], [.. Enumerable.Repeat(new WireWriter().Bytes(8, [0xff, 0]).ToArray(), count).SelectMany(b => b)])));

    [Theory]
    [InlineData(CannotBe, -2L), InlineData(CannotBe, -1L, -3L), InlineData(CannotBe, long.MinValue), InlineData(CannotBe, 2L, long.MaxValue), InlineData(CannotBe, 1L << 32, 1L << 32)]
    [InlineData(CannotBe, 1L << 32, 1L << 31, 2L), InlineData(Elements, 1L << 31, 1L << 31), InlineData(Elements, long.MaxValue), InlineData(Elements, 0L, long.MaxValue)]
    public async Task ShapeThatCannotBe_IsRejected(string problem, params long[] shape)
    {
        // The product of [2^32, 2^31, 2] is 2^64, which is 0 in 64 bits.
        await AssertIs(problem, Infer(Tensor("FP32", shape, Packed(6, [0, 0, 0, 0], 1))));
        await AssertIs(problem, Infer(Tensor("FP32", shape), Raw(4)));
        await AssertIs(problem, Infer([.. Tensor("FP32", []), .. shape.SelectMany(s => new WireWriter().Varint(3, s).ToArray())], Raw(4)));
    }

    [Fact]
    public async Task MissingContents_AreRejected()
    {
        await AssertIs("has no datatype", Infer(Tensor("", [1]), Raw(4)));
        await AssertIs("has 1 inputs, but 2 raw_input_contents", Infer(Tensor("FP32", [1]), Raw(4), Raw(4)));
        await AssertIs("Input 0 of the ModelInferRequest has no contents", Infer(Tensor("FP16", [1])));
        await AssertIs("Input 0 of the ModelInferRequest has no contents", Infer(Tensor("FP8", [-1])));
        // An empty run of elements is none.
        await AssertIs("Input 0 of the ModelInferRequest has no contents", Infer(Tensor("FP32", [1], Packed(7, [], 0))));
        await AssertIs("Input 1 of the ModelInferRequest has no datatype", Request(new() { Datatype = "INT8", Shape = { 0 } }, new() { Shape = { 0 } }));
        await AssertIs("has 2 inputs without contents of their own, but only 1 raw_input_contents", RawRequest([RawInt8, RawInt8], [1]));
        await AssertIs("has 2 inputs without contents of their own, but only 1 raw_input_contents", RawRequest([RequestTypes.Fp32, RawInt8, InSharedMemory, RawInt8], [1]));
        await AssertIs("has no inputs", Request());
        await AssertIs("names no model", new ModelInferRequest { Inputs = { RequestTypes.Fp32 } }.ToByteArray());
    }

    [Fact]
    public async Task ContentsThatAServerMayTake_AreSent()
    {
        // As MLServer's converter writes FP16; numbers in the field of a larger type; typed contents of a datatype that we do not know.
        await AssertIs(null, Request(new InferInputTensor { Datatype = "FP16", Shape = { 2 }, Contents = new() { BytesContents = { ByteString.CopyFrom(0, 0x3c, 0, 0x40) } } }));
        await AssertIs(null, Request(new InferInputTensor { Datatype = "FP16", Shape = { 2 }, Contents = new() { Fp32Contents = { 1, 2 } } }));
        await AssertIs(null, Request(new InferInputTensor { Datatype = "FP64", Shape = { 2 }, Contents = new() { Int64Contents = { 1, 2 } } }));
        await AssertIs(null, Request(new InferInputTensor { Datatype = "UINT8", Shape = { 2 }, Contents = new() { IntContents = { 1, 2 } } }));
        await AssertIs(null, Request(new InferInputTensor { Datatype = "FP8", Shape = { 1 }, Contents = new() { BytesContents = { ByteString.CopyFrom(1) } } }));
        await AssertIs(null, RawRequest([new InferInputTensor { Datatype = "FP8", Shape = { 1 } }], [1, 2, 3]));
        // A size that is left open.
        await AssertIs(null, Request(new InferInputTensor { Datatype = "FP32", Shape = { -1, 2 }, Contents = new() { Fp32Contents = { 1, 2 } } }));
        await AssertIs(null, RawRequest([new InferInputTensor { Datatype = "FP32", Shape = { 2, -1 } }], Raw(16)));
        // Typed contents beside raw ones, of other inputs or of the same.
        await AssertIs(null, RawRequest([RequestTypes.Fp32, RawInt8], [1]));
        await AssertIs(null, RawRequest([RawInt8, RequestTypes.Fp32], [1]));
        await AssertIs(null, RawRequest([RequestTypes.Fp32], Raw(8)));
        await AssertIs(null, RawRequest([RequestTypes.Fp32, RawInt8], [], [1]));
        // What is in the server's memory already, alone, beside raw contents, and with an empty entry of its own.
        await AssertIs(null, Request(InSharedMemory));
        await AssertIs(null, RawRequest([InSharedMemory, RawInt8], [1]));
        await AssertIs(null, RawRequest([InSharedMemory, RawInt8], [], [1]));
        // No elements, no contents.
        await AssertIs(null, Request(new() { Datatype = "FP32", Shape = { 0 } }, RequestTypes.Fp32));
        await AssertIs(null, RawRequest([new() { Datatype = "FP32", Shape = { 0 } }, RawInt8], [1]));
    }

    [Fact]
    public async Task RawContentsOfTheInputsThatNeedThem_MustFillTheShape()
    {
        await AssertIs("Input 1 of the ModelInferRequest " + Elements, RawRequest([RequestTypes.Fp32, RawInt8], [1, 2]));
        await AssertIs("Input 2 of the ModelInferRequest " + Elements, RawRequest([RawInt8, InSharedMemory, RawInt8], [1], []));
        await AssertIs("Input 1 of the ModelInferRequest " + Elements, RawRequest([RequestTypes.Fp32, RawInt8], [], [1, 2]));
        // With one more than are needed, nobody knows whose it is.
        await AssertIs(null, RawRequest([RequestTypes.Fp32, RequestTypes.Fp32, RawInt8], [1], [1, 2]));
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

    private static byte[] Request(params InferInputTensor[] inputs) => RawRequest(inputs);

    private static byte[] RawRequest(InferInputTensor[] inputs, params byte[][] raws) =>
        new ModelInferRequest { ModelName = "m", Inputs = { inputs }, RawInputContents = { raws.Select(ByteString.CopyFrom) } }.ToByteArray();

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
