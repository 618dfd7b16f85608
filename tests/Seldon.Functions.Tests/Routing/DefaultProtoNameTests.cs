using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Graphs;
using Seldon.Functions.Tests.Settings;
using static Seldon.Functions.Tests.Graphs.Nodes;

namespace Seldon.Functions.Tests.Routing;

/// <summary>Producers that cannot set headers: the route says what their records are.</summary>
public sealed class DefaultProtoNameTests : IAsyncLifetime
{
    private const string Setting = "SELDON_DEFAULT_PROTO_NAME";

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, InlineData(Transport.Grpc), InlineData(Transport.Auto)]
    public async Task RecordWithoutHeaders_IsOfTheDefaultType(Transport transport)
    {
        await using var engine = EngineUnderTest.For(_model, transport, null, (Setting, TestRecords.PredictRequestName));
        var record = TestRecords.Of(TestRecords.Predict(), 0, TestRecords.Header("x-tenant", "a"));

        var result = Result.From(record, (await Until.Decided(engine.Infer(record))).Answer!, "out");

        Assert.Equal("tensorflow.serving.PredictResponse", result.Headers.TextOf("proto-name"));
        Assert.True(Assert.Single(_model.Calls).IsGrpc);
    }

    [Fact]
    public async Task RecordWithProtoName_IsOfThatType()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, (Setting, TestRecords.PredictRequestName));
        var status = new GetModelStatusRequest { ModelSpec = new ModelSpec { Name = "m" } }.ToByteArray();
        _model.Script = _ => Reactions.Frame([0xc2, 0x3e, 0]);

        await Until.Decided(engine.Infer(TestRecords.Of(status, 0, TestRecords.Header("proto-name", "tensorflow.serving.GetModelStatusRequest"))));

        Assert.Equal("/tensorflow.serving.ModelService/GetModelStatus", Assert.Single(_model.Calls).Path);
        Assert.Equal(RejectionReason.UnknownProtoName, (await Until.Decided(engine.Infer(TestRecords.Of(status, 1, new Header("proto-name", null))))).Rejection?.Reason);
    }

    [Theory, InlineData("content-type", "application/json"), InlineData("Content-Encoding", "identity"), InlineData("inference-header-content-length", "2")]
    public async Task RecordWhoseValueAHeaderDescribes_GoesOverRestWhereThereIsBoth(string header, string value)
    {
        await using var both = EngineUnderTest.For(_model, Transport.Auto, null, (Setting, TestRecords.PredictRequestName));
        await using var grpc = EngineUnderTest.For(_model, Transport.Grpc, null, (Setting, TestRecords.PredictRequestName));

        await Until.Decided(both.Infer(TestRecords.Rest("{}", 0, TestRecords.Header(header, value))));
        await Until.Decided(grpc.Infer(TestRecords.Of(TestRecords.Predict(), 1, TestRecords.Header(header, value))));

        Assert.Equal([false, true], _model.Calls.Select(c => c.IsGrpc));
    }

    [Fact]
    public async Task RecordThatIsNotOfTheDefaultType_IsInvalidProtobuf()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Auto, null, (Setting, TestRecords.PredictRequestName));

        Assert.Equal(RejectionReason.InvalidProtobuf, (await Until.Decided(engine.Infer(TestRecords.Rest("{}")))).Rejection?.Reason);
        Assert.Equal(RejectionReason.EmptyValue, (await Until.Decided(engine.Infer(TestRecords.Of([], 1)))).Rejection?.Reason);
        Assert.Empty(_model.Calls);
    }

    [Fact]
    public async Task DeadLetter_HasTheRecordsOwnHeadersOnly()
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, (Setting, TestRecords.PredictRequestName));
        var record = TestRecords.Of([1, 2, 3], 0, TestRecords.Header("x", "1"));

        var letter = DeadLetter.From(record, (await Until.Decided(engine.Infer(record))).Rejection!, "errors");

        Assert.Equal(["x"], letter.Headers.Select(h => h.Name).Where(n => !n.StartsWith("seldon-error-", StringComparison.Ordinal)));
    }

    [Theory, InlineData(Transport.Grpc), InlineData(Transport.Auto)]
    public async Task Graph_TakesRecordsWithoutHeaders_AndTellsTheTypeOfWhatLeavesIt(Transport transport)
    {
        var dialect = GraphDialect.All["seldon gRPC"];
        await using var graph = await GraphUnderTest.StartAsync(
            Router("r", Model("m")), dialect, null, route => route with { Transport = transport, DefaultProtoName = "seldon.protos.SeldonMessage" });
        var record = dialect.Record("in") with { Headers = [] };

        Assert.Equal("in>m", dialect.Read((await Until.Decided(graph.Infer(record))).Answer!));

        // A router that chooses none: the request leaves as it is, and says what it is.
        graph.Let("r", _ => dialect.Route(-2));
        Assert.Equal("in", dialect.Read((await Until.Decided(graph.Infer(record with { Offset = 1 }))).Answer!));
    }

    [Theory]
    [InlineData("tensorflow", "tensorflow.serving.predictrequest", "names no inference request of the protocol tensorflow")]
    [InlineData("tensorflow", ".tensorflow.serving.PredictRequest", "names no inference request of the protocol tensorflow")]
    [InlineData("tensorflow", "inference.ModelInferRequest", "is of the protocol v2, but the route's is tensorflow")]
    [InlineData("v2", "inference.ServerReadyRequest", "is no inference request, and is not forwarded")]
    [InlineData("seldon", "seldon.protos.SeldonMessageList", "is no inference request, and is not forwarded")]
    public void TypeThatTheProtocolDoesNotForward_IsAProblem(string protocol, string name, string problem)
    {
        var problems = SettingProblemTests.RoutesOnly(
            [("Seldon:Routes:0:Name", "a"), ("Seldon:Routes:0:Protocol", protocol), ("Seldon:Routes:0:Model", "m"), ("Seldon:Routes:0:GrpcUrl", "http://a:1"), ("Seldon:Routes:0:DefaultProtoName", name)]);

        Assert.StartsWith($"Seldon:Routes:0:DefaultProtoName is '{name}', which {problem}: use one of ", Assert.Single(problems), StringComparison.Ordinal);
    }
}
