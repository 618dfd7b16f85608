using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model over gRPC answers as a server of Seldon's protocol does, as a model's container and as the front door.</summary>
public class SeldonGrpcTests(FlowerServer server) : IClassFixture<FlowerServer>
{
    public static readonly TheoryData<string> BadData =
    [
        """{}""",
        """{"strData":"rose"}""",
        """{"data":{}}""",
        """{"data":{"ndarray":[[1,2,3]]}}""",
        """{"data":{"ndarray":["rose"]}}""",
        """{"data":{"ndarray":[]}}""",
        """{"data":{"tensor":{"shape":[1,4],"values":[1,2,3]}}}""",
        """{"data":{"tensor":{"shape":[1,3],"values":[1,2,3]}}}""",
        """{"data":{"tftensor":{"dtype":2,"doubleVal":[1,2,3,4]}}}""",
    ];

    [Theory, InlineData("seldon.protos.Model"), InlineData("seldon.protos.Seldon")]
    public async Task TwoFlowersInEachKind_HaveTheScoresOfTheClassifierInThatKind(string service)
    {
        var rows = FlowerServer.Features.Chunk(4).Select(row => Value.ForList([.. row.Select(feature => Value.ForNumber(feature))]));
        var tensor = new SeldonTensor { Shape = { 2, 4 }, Values = { FlowerServer.Features.Select(feature => (double)feature) } };

        var inRows = await PredictAsync(new DefaultData { Ndarray = new ListValue { Values = { rows } } }, service);
        var inTensor = await PredictAsync(new DefaultData { Tensor = tensor }, service);
        var inTensorFlows = await PredictAsync(new DefaultData { Tftensor = TensorFlowGrpcTests.RequestOf(FlowerServer.Features, 4).Inputs["features"] }, service);

        FlowerServer.AssertScores(inRows.Data.Ndarray.Values.SelectMany(row => row.ListValue.Values).Select(score => score.NumberValue));
        Assert.Equal(["setosa", "versicolor", "virginica"], inRows.Data.Names);
        FlowerServer.AssertScores(inTensor.Data.Tensor.Values);
        Assert.Equal([2, 3], inTensor.Data.Tensor.Shape);
        FlowerServer.AssertScores(inTensorFlows.Data.Tftensor.FloatVal.Select(score => (double)score));
    }

    [Theory, MemberData(nameof(BadData))]
    public async Task WhatTheModelCannotAnswer_IsInvalidArgument(string message) => await FlowerServer.AssertRefused(
        StatusCode.InvalidArgument, server.CallAsync("seldon.protos.Model", "Predict", SeldonMessage.Parser.ParseJson(message), SeldonMessage.Parser));

    [Fact]
    public async Task BytesThatAreNoMessageOrAnotherMethod_AreRefused()
    {
        await FlowerServer.AssertRefused(StatusCode.Internal, server.CallAsync("seldon.protos.Model", "Predict", [0xff]));
        await FlowerServer.AssertRefused(StatusCode.Unimplemented, server.CallAsync("seldon.protos.Router", "Route", []));
    }

    private Task<SeldonMessage> PredictAsync(DefaultData data, string service) =>
        server.CallAsync(service, "Predict", new SeldonMessage { Data = data }, SeldonMessage.Parser);
}
