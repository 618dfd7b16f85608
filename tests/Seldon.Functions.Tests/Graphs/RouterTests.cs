using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>What routers may answer, and what becomes of a record when one answers something else.</summary>
public class RouterTests
{
    private static readonly GraphDialect Rest = GraphDialect.All["seldon REST"];
    private static readonly GraphDialect Grpc = GraphDialect.All["seldon gRPC"];

    [Theory]
    [InlineData("[1]", "in>b")]
    [InlineData(" [ 2, 7 ] ", "in>c")]
    [InlineData("[-2]", "in")]
    [InlineData("""{"data":{"ndarray":[[0]]}}""", "in>a")]
    [InlineData("""{"data":{"ndarray":[1]}}""", "in>b")]
    [InlineData("""{"data":{"ndarray":[[2.0, 1]]}}""", "in>c")]
    [InlineData("""{"data":{"tensor":{"shape":[1,1],"values":[1]}}}""", "in>b")]
    [InlineData("""{"data":{"tftensor":{"dtype":"DT_INT32","intVal":[2]}}}""", "in>c")]
    // No data is all children, and of their answers the first is taken.
    [InlineData("{}", "in>a")]
    [InlineData("""{"meta":{"tags":{}}}""", "in>a")]
    [InlineData("[-1]", "in>a")]
    public async Task RestRouterAnswers_ThatChildIsAsked(string body, string expected)
    {
        await using var graph = await StartAsync(Rest, Reactions.Http(200, body));

        Assert.Equal(expected, Rest.Read((await Until.Decided(graph.Infer("in"))).Answer!));
    }

    [Theory]
    [InlineData("[7]")]
    [InlineData("[3]")]
    [InlineData("[-3]")]
    [InlineData("[0.5]")]
    [InlineData("[1e99]")]
    [InlineData("[]")]
    [InlineData("[\"1\"]")]
    [InlineData("[NaN]")]
    [InlineData("[null]")]
    [InlineData("""{"data":{"ndarray":[]}}""")]
    [InlineData("""{"data":{"ndarray":[[]]}}""")]
    [InlineData("""{"data":{"ndarray":["a"]}}""")]
    [InlineData("""{"data":{"ndarray":7}}""")]
    [InlineData("""{"data":{"tensor":{"values":[]}}}""")]
    [InlineData("""{"data":{"tensor":{"shape":[1]}}}""")]
    [InlineData("""{"data":{"tensor":7}}""")]
    [InlineData("""{"data":{"tftensor":{}}}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":7}""")]
    [InlineData("{\"data\":")]
    [InlineData("7")]
    [InlineData("garbage")]
    public async Task RestRouterAnswersGarbage_RecordIsRejectedInItsName(string body) => await AssertGarbageAsync(Rest, Reactions.Http(200, body));

    public static TheoryData<byte[], string> Messages { get; } = new()
    {
        { new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Shape = { 1 }, Values = { 2 } } } }.ToByteArray(), "in>c" },
        { new SeldonMessage { Data = new DefaultData { Ndarray = new ListValue { Values = { Value.ForNumber(1) } } } }.ToByteArray(), "in>b" },
        { new SeldonMessage { Data = new DefaultData { Ndarray = new ListValue { Values = { Value.ForList(Value.ForNumber(0)) } } } }.ToByteArray(), "in>a" },
        { new SeldonMessage { Data = new DefaultData { Tftensor = new Tensor { Dtype = 3, IntVal = { -2 } } } }.ToByteArray(), "in" },
        { new SeldonMessage { Meta = new SeldonMeta { Puid = "x" } }.ToByteArray(), "in>a" },
        // Not packed: one value, one field.
        { [0x1a, 0x0b, 0x12, 0x09, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f], "in>b" },
    };

    [Theory, MemberData(nameof(Messages))]
    public async Task GrpcRouterAnswers_ThatChildIsAsked(byte[] message, string expected)
    {
        await using var graph = await StartAsync(Grpc, Reactions.Frame(message));

        Assert.Equal(expected, Grpc.Read((await Until.Decided(graph.Infer("in"))).Answer!));
    }

    public static TheoryData<byte[]> WrongMessages { get; } =
    [
        new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Values = { 3 } } } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Values = { double.NaN } } } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor() } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData { Ndarray = new ListValue { Values = { Value.ForString("1") } } } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData { Ndarray = new ListValue() } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData { Tftensor = new Tensor { FloatVal = { 1 } } } }.ToByteArray(),
        new SeldonMessage { Data = new DefaultData() }.ToByteArray(),
    ];

    [Theory, MemberData(nameof(WrongMessages))]
    public async Task GrpcRouterAnswersGarbage_RecordIsRejectedInItsName(byte[] message) => await AssertGarbageAsync(Grpc, Reactions.Frame(message));

    private static Task<GraphUnderTest> StartAsync(GraphDialect dialect, Reaction answer, TimeProvider? time = null) => LetRouterAsync(
        GraphUnderTest.StartAsync(Router("r", Model("a"), Model("b"), Model("c")), dialect, time), answer);

    private static async Task<GraphUnderTest> LetRouterAsync(Task<GraphUnderTest> starting, Reaction answer)
    {
        var graph = await starting;
        graph.Let("r", _ => answer);
        return graph;
    }

    /// <summary>It is tried three times, since a router may be broken for all; but this record waits alone, and the router is ready.</summary>
    private static async Task AssertGarbageAsync(GraphDialect dialect, Reaction answer)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var graph = await StartAsync(dialect, answer, clock);

        var rejection = (await Until.Decided(graph.Infer("in"), clock)).Rejection!;

        Assert.Equal(RejectionReason.InvalidAnswer, rejection.Reason);
        Assert.True(rejection.Attempts >= 3);
        Assert.StartsWith("The node 'r' sent ", rejection.Message, StringComparison.Ordinal);
        Assert.All(graph.Nodes.Skip(1), n => Assert.Empty(graph.Server(n.Name).Calls));
    }
}
