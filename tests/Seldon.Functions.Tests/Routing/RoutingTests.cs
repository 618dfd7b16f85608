using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Tests.Routing;

/// <summary>Which route and which transport a record takes.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, InlineData(null), InlineData("only"), InlineData("m")]
    public async Task OneRoute_TakesEveryTopic_AndAnswersToItsNameAndItsModels(string? name)
    {
        await using var routes = Table(("only", null));

        Assert.Equal("only", Find(routes, "any", name is null ? [] : [TestRecords.Header("seldon-model", name)]));
    }

    [Theory, InlineData("nosuch"), InlineData("default"), InlineData("M"), InlineData(""), InlineData(null)]
    public async Task OneRoute_DoesNotAnswerToAnotherName(string? name)
    {
        await using var routes = Table(("only", null));

        Assert.Equal("unknown-route", Find(routes, "any", [new Header("seldon-model", name is null ? null : System.Text.Encoding.UTF8.GetBytes(name))]));
    }

    [Fact]
    public async Task ModelOfTheStepBefore_ChoosesARouteOnlyIfItNamesOne()
    {
        var source = TestRecords.Header("seldon-source", "a/0/1");
        await using var one = Table(("only", null));
        await using var several = Table(("of-a", "a"), ("of-b", "b"), ("rest", null));

        Assert.Equal("only", Find(one, "any", [source, TestRecords.Header("seldon-model", "resnet32")]));
        Assert.Equal("of-b", Find(several, "b", [source, TestRecords.Header("seldon-model", "resnet32")]));
        Assert.Equal("of-a", Find(several, "b", [source, TestRecords.Header("seldon-model", "of-a")]));
        // That of the model is a route's name only where there is one route.
        Assert.Equal("unknown-route", Find(several, "b", [TestRecords.Header("seldon-model", "m")]));
    }

    [Theory, InlineData("a", "of-a"), InlineData("b", "of-b"), InlineData("c", "rest")]
    public async Task NoHeader_TheTopicsRouteIsTaken_ElseTheDefault(string topic, string route)
    {
        await using var routes = Table(("of-a", "a"), ("of-b", "b"), ("rest", null));

        Assert.Equal(route, Find(routes, topic, []));
    }

    [Theory, InlineData("seldon-model"), InlineData("Seldon-Model"), InlineData("SELDON-MODEL")]
    public async Task HeaderNamesARoute_ItGoesBeforeTheTopic_WhateverTheHeadersCase(string name)
    {
        await using var routes = Table(("of-a", "a"), ("résumé", "b"));

        Assert.Equal("résumé", Find(routes, "a", [TestRecords.Header(name, "résumé")]));
    }

    [Theory, InlineData("OF-A"), InlineData("of-a "), InlineData(""), InlineData("x"), InlineData(null)]
    public async Task HeaderNamesNoRoute_IsUnknownRoute(string? value)
    {
        await using var routes = Table(("of-a", "a"), ("rest", null));

        Assert.Equal("unknown-route", Find(routes, "a", [value is null ? new Header("seldon-model", null) : TestRecords.Header("seldon-model", value)]));
    }

    [Fact]
    public async Task HeaderIsRepeated_IsUnknownRoute()
    {
        await using var routes = Table(("of-a", "a"), ("rest", null));

        Assert.Equal("unknown-route", Find(routes, "a", [TestRecords.Header("seldon-model", "of-a"), TestRecords.Header("Seldon-Model", "of-a")]));
    }

    [Fact]
    public async Task NoRouteTakesTheTopic_IsUnknownRoute()
    {
        await using var routes = Table(("of-a", "a"), ("of-b", "b"));

        Assert.Equal("unknown-route", Find(routes, "c", []));
    }

    [Fact]
    public async Task Auto_RecordWithProtoNameGoesToGrpc_WithoutToRest()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Auto);

        await Until.Decided([engine.Infer(TestRecords.Good(Transport.Rest)), engine.Infer(TestRecords.Good(Transport.Grpc, 1))]);

        Assert.Equal([false, true], _model.Calls.OrderBy(c => c.IsGrpc).Select(c => c.IsGrpc));
        Assert.Equal("/v1/models/m:predict", _model.Calls.Single(c => !c.IsGrpc).Path);
        Assert.Equal("/tensorflow.serving.PredictionService/Predict", _model.Calls.Single(c => c.IsGrpc).Path);
    }

    [Fact]
    public async Task RestRoute_ProtoNameDoesNotMatter()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Rest);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Rest("{}", 0, TestRecords.Header("proto-name", "whatever"))));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.DoesNotContain("proto-name", Assert.Single(_model.Calls).Headers.Keys);
    }

    [Theory]
    [InlineData("MODEL_VERSION", "7", "/v1/models/a%20b%2Fc/versions/7:predict")]
    [InlineData("MODEL_LABEL", "is stable", "/v1/models/a%20b%2Fc/labels/is%20stable:predict")]
    public async Task ModelsNameVersionAndLabel_StandEscapedInTheRestPath(string setting, string value, string path)
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Rest, null, ("MODEL_NAME", "a b/c"), (setting, value));

        await Until.Decided(engine.Infer(TestRecords.Rest("{}")));

        // Kestrel decodes all but %2F.
        Assert.Equal(path.Replace("%20", " ", StringComparison.Ordinal), Assert.Single(_model.Calls).Path);
    }

    [Theory, InlineData("proto-name"), InlineData("Proto-Name"), InlineData("PROTO-NAME")]
    public async Task ProtoName_IsFoundWhateverItsCase(string name)
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(TestRecords.Predict(), 0, TestRecords.Header(name, TestRecords.PredictRequestName))));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal("tensorflow.serving.PredictResponse", outcome.Answer!.EntityHeaders.TextOf("proto-name"));
    }

    [Theory]
    [InlineData("tensorflow.serving.predictrequest")]
    [InlineData(".tensorflow.serving.PredictRequest")]
    [InlineData("tensorflow.serving.PredictRequest ")]
    [InlineData(" tensorflow.serving.PredictRequest")]
    [InlineData("tensorflow.serving.PredictRequest\0")]
    [InlineData("tensorflow.serving.PredictRequest\n")]
    [InlineData("type.googleapis.com/tensorflow.serving.PredictRequest")]
    [InlineData("tensorflow.serving.ReloadConfigRequest")]
    [InlineData("inference.ModelInferRequest")]
    [InlineData("seldon.protos.SeldonMessage")]
    [InlineData("\ud83d\ude00")]
    [InlineData("")]
    public Task ProtoNameIsNoRequestOfTheProtocol_IsUnknownProtoName(string value) =>
        IsRejectedUnsent(Transport.Auto, "unknown-proto-name", TestRecords.Header("proto-name", value));

    [Fact]
    public Task ProtoNameIsNull_IsUnknownProtoName() => IsRejectedUnsent(Transport.Auto, "unknown-proto-name", new Header("proto-name", null));

    [Fact]
    public Task ProtoNameIsNoUtf8_IsUnknownProtoName() => IsRejectedUnsent(Transport.Auto, "unknown-proto-name", new Header("proto-name", [0xff, 0xfe]));

    [Fact]
    public Task ProtoNameOfAMegabyte_IsUnknownProtoName() => IsRejectedUnsent(Transport.Auto, "unknown-proto-name", new Header("proto-name", new byte[1 << 20]));

    [Fact]
    public Task ProtoNameIsMissing_IsMissingProtoName() => IsRejectedUnsent(Transport.Grpc, "missing-proto-name");

    [Fact]
    public Task ProtoNameIsRepeated_IsRepeatedProtoName() => IsRejectedUnsent(Transport.Auto, "repeated-proto-name",
        TestRecords.Header("proto-name", TestRecords.PredictRequestName), TestRecords.Header("Proto-Name", TestRecords.PredictRequestName));

    [Theory]
    [InlineData(Transport.Rest, null, "proto-name", "unknown-proto-name", "asks for gRPC, but this route has no MODEL_GRPC_URL")]
    [InlineData(Transport.Auto, "rest", "proto-name", "unknown-proto-name", "asks for gRPC, but the transport of this route is REST")]
    [InlineData(Transport.Grpc, null, "x", "missing-proto-name", "needs the header proto-name, and this route has no MODEL_REST_URL")]
    [InlineData(Transport.Auto, "grpc", "x", "missing-proto-name", "needs the header proto-name, and the transport of this route is gRPC")]
    public async Task TransportThatTheRouteDoesNotHave_IsNamed(Transport urls, string? transport, string header, string reason, string message)
    {
        (string, string)[] settings = transport is null ? [] : [("SELDON_TRANSPORT", transport)];
        await using var engine = EngineUnderTest.For(_model, urls, null, settings);
        foreach (var record in new[] { TestRecords.Of(TestRecords.Predict(), 0, TestRecords.Header(header, TestRecords.PredictRequestName)), TestRecords.Of([1, 2, 3], 0, TestRecords.Header(header, "nothing")) })
        {
            var rejection = (await Until.Decided(engine.Infer(record))).Rejection;

            Assert.Equal(reason, rejection?.Reason.ToWire());
            Assert.Contains(message, rejection!.Message, StringComparison.Ordinal);
        }
        Assert.Empty(_model.Calls);
    }

    private async Task IsRejectedUnsent(Transport transport, string reason, params Header[] headers)
    {
        await using var engine = EngineUnderTest.For(_model, transport);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(TestRecords.Predict(), 0, headers)));

        Assert.Equal((reason, "default", "", 0), (outcome.Rejection?.Reason.ToWire(), outcome.Rejection?.Route, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
        Assert.Empty(_model.Calls);
        Assert.InRange(outcome.Rejection!.Message.Length, 10, 200);
    }

    private RouteTable Table(params (string Name, string? Topic)[] routes) => Routes.Make(
        new EngineOptions
        {
            Routes = [.. routes.Select(r => new RouteOptions { Name = r.Name, InputTopic = r.Topic, Model = new ModelSelector("m"), RestUrl = new Uri(_model.RestUrl) })],
        },
        NullLogger.Instance, TimeProvider.System);

    /// <summary>The route's name, or the reason why there is none.</summary>
    private static string Find(RouteTable routes, string topic, Header[] headers)
    {
        var route = routes.Find(new Record(topic, 0, 0, 0, null, [1], headers), out var rejection);
        Assert.True(route is null != rejection is null);
        return route?.Name ?? rejection!.Reason.ToWire();
    }
}
