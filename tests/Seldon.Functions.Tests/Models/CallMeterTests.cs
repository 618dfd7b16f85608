using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Models;

/// <summary>What is measured of calls: attributes by the conventions for HTTP and gRPC, and nothing of engines that are gone.</summary>
public sealed class CallMeterTests : IAsyncLifetime
{
    private const string Http = "http.client.request.duration";
    private const string Rpc = "rpc.client.call.duration";

    private static readonly TaskCompletionSource Never = new();

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("200", "http.response.status_code=200"), InlineData("400", "http.response.status_code=400 error.type=400")]
    [InlineData("503", "http.response.status_code=503 error.type=503"), InlineData("500", "http.response.status_code=500 error.type=500")]
    [InlineData("abort", "error.type=connection-lost"), InlineData("hang", "error.type=model-timeout"), InlineData("no json", "error.type=invalid-answer")]
    [InlineData("stop", "error.type=unreachable")]
    public async Task RestCall_IsMeasuredWithItsStatusOrWhyThereIsNone(string what, string expected)
    {
        using var measurements = new Measurements($"rest {what}");
        await CallOnceAsync(Transport.Rest, what);
        await Until.True(() => measurements.Of(Http).Any());

        Assert.Equal($"http.request.method=POST {AddressOf(_model.RestUrl)} {expected}", measurements.Of(Http).First());
        Assert.Empty(measurements.Of(Rpc));
    }

    [Theory]
    [InlineData("200", "rpc.response.status_code=OK"), InlineData("400", "rpc.response.status_code=INVALID_ARGUMENT error.type=INVALID_ARGUMENT")]
    [InlineData("503", "rpc.response.status_code=UNAVAILABLE error.type=UNAVAILABLE"), InlineData("500", "rpc.response.status_code=INTERNAL error.type=INTERNAL")]
    [InlineData("abort", "rpc.response.status_code=UNAVAILABLE error.type=connection-lost"), InlineData("hang", "rpc.response.status_code=DEADLINE_EXCEEDED error.type=model-timeout")]
    [InlineData("no json", "rpc.response.status_code=INTERNAL error.type=invalid-answer"), InlineData("stop", "rpc.response.status_code=UNAVAILABLE error.type=unreachable")]
    public async Task GrpcCall_IsMeasuredWithItsStatusOrThatOfTheClient(string what, string expected)
    {
        using var measurements = new Measurements($"grpc {what}");
        await CallOnceAsync(Transport.Grpc, what);
        await Until.True(() => measurements.Of(Rpc).Any());

        Assert.Equal(
            $"rpc.system.name=grpc rpc.method=tensorflow.serving.PredictionService/Predict {AddressOf(_model.GrpcUrl)} {expected}",
            measurements.Of(Rpc).First());
        Assert.Empty(measurements.Of(Http));
    }

    [Fact]
    public async Task CallIsUnderWay_IsCountedUntilItEndsOrIsCancelled()
    {
        const string active = "seldon.functions.calls.active";
        using var measurements = new Measurements("in flight");
        var released = new TaskCompletionSource();
        _model.Script = call => Reactions.HangUntil(call.Says("one") ? released.Task : Never.Task);
        await using (var engine = EngineUnderTest.With(Settings("in flight", Transport.Auto)))
        {
            Assert.Equal([("seldon.transport=grpc", 0.0), ("seldon.transport=rest", 0.0)], measurements.Observe(active).Order());
            var (one, two) = (engine.Infer(TestRecords.Good(Transport.Rest, 1, "one")), engine.Infer(TestRecords.Good(Transport.Grpc, 2, "two")));
            await Until.True(() => _model.Calls.Count == 2);
            Assert.Equal([("seldon.transport=grpc", 1.0), ("seldon.transport=rest", 1.0)], measurements.Observe(active).Order());

            released.SetResult();
            await Until.Decided(one);
            Assert.Equal([("seldon.transport=grpc", 1.0), ("seldon.transport=rest", 0.0)], measurements.Observe(active).Order());
            Assert.False(two.IsCompleted);
        }
        Assert.Single(measurements.Of(Rpc), a => a.EndsWith("rpc.response.status_code=CANCELLED error.type=cancelled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EngineIsDisposedOfAndMadeAnew_EachEndpointIsToldOfOnce()
    {
        using var measurements = new Measurements("anew");
        for (var i = 0; i < 3; i++)
        {
            await using var engine = EngineUnderTest.With(Settings("anew", Transport.Auto));
            foreach (var name in new[] { "seldon.functions.calls.active", "seldon.functions.gate.closed", "seldon.functions.gate.closed.time", "seldon.functions.records.unproven", "seldon.functions.records.unproven.age" })
                Assert.Equal(["seldon.transport=grpc", "seldon.transport=rest"], measurements.Observe(name).Select(m => m.Attributes).Order());
        }
        Assert.Empty(measurements.Observe("seldon.functions.gate.closed"));
    }

    private static string AddressOf(string url) => $"server.address={new Uri(url).Host} server.port={new Uri(url).Port}";

    private async Task CallOnceAsync(Transport transport, string what)
    {
        _model.Script = call => what switch
        {
            "abort" => Reactions.Abort,
            "hang" => Reactions.HangUntil(Never.Task),
            "no json" => call.IsGrpc ? Reactions.Raw([1, 2, 3]) : Reactions.Http(200, "no json"),
            "200" => Reactions.Digest,
            "400" => Reactions.Refuse,
            "503" => Reactions.Out,
            _ => Reactions.Fail,
        };
        if (what == "stop") await _model.StopAsync();
        var settings = Settings($"{(transport == Transport.Rest ? "rest" : "grpc")} {what}", transport);
        if (what == "hang") settings["Seldon:Routes:0:Timeout"] = "100ms";
        await using var engine = EngineUnderTest.With(settings);
        var outcome = engine.Infer(TestRecords.Good(transport));
        // An outage is waited out; the first call has been measured when the second is made.
        if (what == "503") await Until.True(() => _model.Calls.Count > 1);
        else if (what == "stop") await Until.True(() => engine.Engine.IsHolding);
        else await Until.Decided(outcome);
    }

    private Dictionary<string, string?> Settings(string route, Transport transport)
    {
        var all = EngineUnderTest.Minimal(_model, transport);
        foreach (var name in new[] { "MODEL_NAME", "MODEL_REST_URL", "MODEL_GRPC_URL", "MODEL_TIMEOUT", "SELDON_PROTOCOL" }) all.Remove(name);
        all["Seldon:Routes:0:Name"] = route;
        all["Seldon:Routes:0:Protocol"] = "tensorflow";
        all["Seldon:Routes:0:Model"] = "m";
        if (transport != Transport.Grpc) all["Seldon:Routes:0:RestUrl"] = _model.RestUrl;
        if (transport != Transport.Rest) all["Seldon:Routes:0:GrpcUrl"] = _model.GrpcUrl;
        return all;
    }
}
