using System.Text;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Graphs;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>What a model of the protocol <c>seldon</c> may answer: anything, with its own content type; and what of it a graph can use.</summary>
public sealed class AnswerTests
{
    private const string Png = "89504e470d0a1a0a00ff";

    [Theory]
    [InlineData("[[0.1,0.9]]", "application/json"), InlineData("setosa", "text/plain; charset=utf-8"), InlineData("0.5", "application/json")]
    [InlineData("\"a\"", "application/json"), InlineData("\ufeff{\"strData\":\"a\"}", "application/json"), InlineData(" ", "text/plain"), InlineData("{}", "text/html")]
    public Task AnyAnswer_IsPublishedWithItsContentType(string body, string type) => AssertPublished(Encoding.UTF8.GetBytes(body), type);

    [Theory, InlineData("image/png"), InlineData("application/octet-stream")]
    public Task AnyBytes_ArePublishedWithTheirContentType(string type) => AssertPublished(Convert.FromHexString(Png), type);

    [Fact]
    public async Task FailureBehindAByteOrderMark_IsAFailure()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineFor(model, Transport.Rest);
        model.Script = _ => Reactions.Http(200, "\ufeff{\"status\":{\"code\":-1,\"reason\":\"MICROSERVICE_BAD_DATA\",\"status\":\"FAILURE\"}}");

        Assert.Equal(RejectionReason.RefusedByModel, (await Until.Decided(engine.Infer(TestRecords.Rest("{}")))).Rejection?.Reason);
    }

    [Theory, InlineData("", "application/json"), InlineData("<!DOCTYPE html><title>Sign in</title>", "text/html; charset=utf-8")]
    public async Task NoBodyOrAWebPage_IsNoAnswer(string body, string type)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock, ("SELDON_PROTOCOL", "seldon"));
        model.Script = _ => Reactions.Http(200, body, type);

        Assert.Equal(RejectionReason.InvalidAnswer, (await Until.Decided(engine.Infer(TestRecords.Rest("{}")), clock)).Rejection?.Reason);
    }

    [Fact]
    public async Task EmptySeldonMessage_IsAnAnswer()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineFor(model, Transport.Grpc);
        model.Script = _ => Reactions.Frame([]);

        var answer = (await Until.Decided(engine.Infer(TestRecords.GoodFor("seldon", Transport.Grpc, 0)))).Answer!;

        Assert.Equal(("", "seldon.protos.SeldonMessage"), (Convert.ToHexString(answer.Value), answer.EntityHeaders.TextOf("proto-name")));
    }

    [Fact]
    public async Task EmptySeldonMessage_GoesThroughAGraph()
    {
        var dialect = GraphDialect.All["seldon gRPC"];
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Router("r", Combiner("c", Model("a"), Model("b")))), dialect);
        foreach (var node in graph.Nodes) graph.Let(node.Name, _ => Reactions.Frame([]));

        Assert.Empty((await Until.Decided(graph.Infer("in"))).Answer!.Value);

        Assert.Empty(graph.Server("a").Calls.Single().Body);
        Assert.Equal(2, SeldonMessageList.Parser.ParseFrom(graph.Server("c").Calls.Single().Body).Messages.Count);
    }

    [Theory, InlineData(Png, "image/png"), InlineData("616263", "text/plain"), InlineData("5b315d", "text/csv")]
    public async Task AnswerOfAnotherType_GoesToTheNextNodeAsItIs(string body, string type)
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Router("r", Model("m"))), GraphDialect.All["seldon REST"]);
        graph.Let("t", _ => Reactions.Http(200, Convert.FromHexString(body), type));
        graph.Let("r", _ => Reactions.Http(200, "[0]"));
        graph.Let("m", _ => Reactions.Http(200, "done", "text/plain"));

        var answer = (await Until.Decided(graph.Infer("in"))).Answer!;

        Assert.Equal(("done", "text/plain"), (Encoding.UTF8.GetString(answer.Value), answer.EntityHeaders.TextOf("content-type")));
        foreach (var node in new[] { "r", "m" })
            Assert.Equal((body, type), (Convert.ToHexStringLower(graph.Server(node).Calls.Single().Body), graph.Server(node).Calls.Single().Headers["content-type"]));
    }

    [Theory, InlineData("[1]", "application/json"), InlineData("abc", "application/json"), InlineData("7", "text/json")]
    public async Task AnswerThatTheNextNodeCannotBeAskedWith_CountsAsItsSenders(string body, string type) => await AssertInvalid(
        Transformer("t", Model("m")), "t", Reactions.Http(200, body, type), "The node 't' sent an answer that cannot be the next node's request");

    [Theory, InlineData("abc", "text/plain"), InlineData("0.5", "application/json"), InlineData("", "application/json")]
    public async Task AnswerThatACombinerCannotBeAskedWith_CountsAsItsSenders(string body, string type) => await AssertInvalid(
        Combiner("c", Model("a"), Model("b")), "b", Reactions.Http(200, body, type), "The node 'b' sent an answer ");

    [Fact]
    public async Task ListForACombiner_IsJson_WhateverItsParts()
    {
        await using var graph = await GraphUnderTest.StartAsync(Combiner("c", Model("a"), Model("b")), GraphDialect.All["seldon REST"]);
        graph.Let("a", _ => Reactions.Http(200, "\ufeff{\"strData\":\"a\"}", "text/plain"));
        graph.Let("b", _ => Reactions.Http(200, "[1]"));
        graph.Let("c", _ => graph.Dialect.Answer("out"));

        Assert.Equal("out", graph.Dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!));

        var call = graph.Server("c").Calls.Single();
        Assert.Equal(("[{\"strData\":\"a\"},[1]]", "application/json"), (Encoding.UTF8.GetString(call.Body), call.Headers["content-type"]));
    }

    [Theory, InlineData("tensorflow", "predictions", "instances"), InlineData("v2", "outputs", "inputs")]
    public async Task AnswerBehindAByteOrderMark_IsChained(string protocol, string answer, string request)
    {
        await using var graph = await GraphUnderTest.StartAsync(Transformer("t", Model("m")), GraphDialect.All[$"{protocol} REST"]);
        graph.Let("t", _ => Reactions.Http(200, $$"""{{'\ufeff'}}{"{{answer}}":[1]}"""));
        graph.Let("m", _ => graph.Dialect.Answer("out"));

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(graph.Infer("in"))).Kind);
        Assert.Equal($$"""{{'\ufeff'}}{"{{request}}":[1]}""", Encoding.UTF8.GetString(graph.Server("m").Calls.Single().Body));
    }

    [Fact]
    public async Task RouteBehindAByteOrderMark_IsTaken()
    {
        await using var graph = await GraphUnderTest.StartAsync(Router("r", Model("a"), Model("b")), GraphDialect.All["seldon REST"]);
        graph.Let("r", _ => Reactions.Http(200, "\ufeff[1]"));

        Assert.Equal("in>b", graph.Dialect.Read((await Until.Decided(graph.Infer("in"))).Answer!));
    }

    private static async Task AssertInvalid(GraphNode graph, string node, Reaction answer, string message)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var running = await GraphUnderTest.StartAsync(graph, GraphDialect.All["seldon REST"], clock);
        running.Let(node, _ => answer);

        var rejection = (await Until.Decided(running.Infer("in"), clock)).Rejection!;

        Assert.Equal(RejectionReason.InvalidAnswer, rejection.Reason);
        Assert.StartsWith(message, rejection.Message, StringComparison.Ordinal);
    }

    private static async Task AssertPublished(byte[] body, string type)
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Script = _ => Reactions.Http(200, body, type);
        foreach (var target in new[] { "model", "front-door" })
        {
            await using var engine = EngineUnderTest.For(model, Transport.Rest, null, ("SELDON_PROTOCOL", "seldon"), ("SELDON_TARGET", target));
            var record = TestRecords.Rest("{}", 0, TestRecords.Header("content-type", "application/json"));

            var result = Result.From(record, (await Until.Decided(engine.Infer(record))).Answer!, "out");

            Assert.Equal((Convert.ToHexString(body), type), (Convert.ToHexString(result.Value!), result.Headers.TextOf("content-type")));
        }
    }

    private static EngineUnderTest EngineFor(ScriptedModel model, Transport transport) => EngineUnderTest.For(model, transport, null, ("SELDON_PROTOCOL", "seldon"));
}
