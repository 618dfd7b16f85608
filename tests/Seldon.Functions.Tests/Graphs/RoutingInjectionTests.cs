using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Seldon;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>Where it is asked for, an answer of the protocol seldon tells which way it took.</summary>
public class RoutingInjectionTests
{
    private static readonly GraphNode Tree = Router("r", Transformer("t", Model("a")), Combiner("c", Model("d"), Model("e")), Model("b"));

    [Theory]
    [InlineData("seldon REST", 0, "a=-1 r=0 t=-1")]
    [InlineData("seldon gRPC", 0, "a=-1 r=0 t=-1")]
    [InlineData("seldon REST", 1, "c=-1 d=-1 e=-1 r=1")]
    [InlineData("seldon gRPC", 1, "c=-1 d=-1 e=-1 r=1")]
    [InlineData("seldon REST", -2, "r=-2")]
    [InlineData("seldon gRPC", -2, "r=-2")]
    [InlineData("seldon REST", -1, "a=-1 b=-1 c=-1 d=-1 e=-1 r=-1 t=-1")]
    [InlineData("seldon gRPC", -1, "a=-1 b=-1 c=-1 d=-1 e=-1 r=-1 t=-1")]
    public async Task Answer_TellsItsWay(string name, int way, string expected)
    {
        await using var graph = await GraphUnderTest.StartAsync(Tree, GraphDialect.All[name], change: route => route with { InjectsRouting = true });
        graph.Let("r", _ => graph.Dialect.Route(way));

        var answer = (await Until.Decided(graph.Infer("in"))).Answer!;

        var routing = graph.Dialect.Transport == Transport.Rest
            ? JsonNode.Parse(answer.Value)!["meta"]!["routing"]!.AsObject().ToDictionary(r => r.Key, r => (int)r.Value!)
            : SeldonMessage.Parser.ParseFrom(answer.Value).Meta.Routing.ToDictionary();
        Assert.Equal(expected, string.Join(' ', routing.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}={r.Value}")));
        // The rest of it is as it was.
        Assert.Contains("in", graph.Dialect.Read(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotAskedFor_TheAnswerIsTheLastNodes()
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("a")), GraphDialect.All["seldon REST"]);

        Assert.DoesNotContain("routing", Encoding.UTF8.GetString((await Until.Decided(graph.Infer("in"))).Answer!.Value), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", """{"meta":{"routing":{"n":1}}}""")]
    [InlineData("""{ "a":NaN }""", """{ "a":NaN,"meta":{"routing":{"n":1}}}""")]
    [InlineData("""{"meta":{},"a":1}""", """{"meta":{"routing":{"n":1}},"a":1}""")]
    [InlineData("""{"meta":{"tags":{"x":1}}}""", """{"meta":{"tags":{"x":1},"routing":{"n":1}}}""")]
    [InlineData("""{"meta":{"routing":{}}}""", """{"meta":{"routing":{"n":1}}}""")]
    [InlineData("""{"meta":{"routing":{"m":0}}}""", """{"meta":{"routing":{"m":0,"n":1}}}""")]
    // What cannot be told in is left as it is.
    [InlineData("""{"meta":null}""", """{"meta":null}""")]
    [InlineData("""{"meta":{"routing":7}}""", """{"meta":{"routing":7}}""")]
    [InlineData("""{"meta":{"tags":""", """{"meta":{"tags":""")]
    [InlineData("[]", "[]")]
    public void Json_GetsTheWayInItsPlace(string answer, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(SeldonRouting.Add(Encoding.UTF8.GetBytes(answer), false, [new("n", 1)])));

    [Fact]
    public void Protobuf_KeepsWhatStandsThere()
    {
        var message = new SeldonMessage { StrData = "x", Meta = new SeldonMeta { Puid = "p", Routing = { ["m"] = 0, ["n"] = 0 } } };

        var with = SeldonMessage.Parser.ParseFrom(SeldonRouting.Add(message.ToByteArray(), true, [new("n", -2)]));

        message.Meta.Routing["n"] = -2;
        Assert.Equal(message, with);
    }
}
