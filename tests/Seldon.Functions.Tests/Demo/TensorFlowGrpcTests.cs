using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model over gRPC answers as TensorFlow Serving does.</summary>
public class TensorFlowGrpcTests(FlowerServer server) : IClassFixture<FlowerServer>
{
    private const string Prediction = "tensorflow.serving.PredictionService";

    [Theory, InlineData(false), InlineData(true)]
    public async Task TwoFlowersInEitherRepresentation_HaveTheScoresOfTheClassifier(bool isPacked)
    {
        var request = RequestOf(FlowerServer.Features, 4);
        if (isPacked)
        {
            request.Inputs["features"].FloatVal.Clear();
            request.Inputs["features"].TensorContent = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(FlowerServer.Features));
        }

        var answer = await PredictAsync(request);

        var scores = answer.Outputs["scores"];
        Assert.Equal((1, 2, 3), (scores.Dtype, scores.TensorShape.Dim[0].Size, scores.TensorShape.Dim[1].Size));
        FlowerServer.AssertScores(scores.FloatVal.Select(score => (double)score));
        Assert.Equal(("flowers", 1, "serving_default"), (answer.ModelSpec.Name, answer.ModelSpec.Version, answer.ModelSpec.SignatureName));
    }

    [Fact]
    public async Task Readiness_IsAvailable()
    {
        var status = await StatusAsync("flowers");

        Assert.Equal((1, 30), (Assert.Single(status.ModelVersionStatus).Version, status.ModelVersionStatus[0].State));
    }

    [Theory]
    [InlineData(StatusCode.NotFound, "trees", "", 1, new[] { 1f, 2, 3, 4 }, 4)]
    [InlineData(StatusCode.InvalidArgument, "", "", 1, new[] { 1f, 2, 3, 4 }, 4)]
    [InlineData(StatusCode.FailedPrecondition, "flowers", "other", 1, new[] { 1f, 2, 3, 4 }, 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "", 2, new[] { 1f, 2, 3, 4 }, 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "", 1, new[] { 1f, 2, 3 }, 3)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "", 1, new[] { 1f, 2, 3, 4, 5 }, 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "", 1, new[] { 1f, 2, 3, float.NaN }, 4)]
    public async Task WhatTheModelCannotAnswer_HasTheProtocolsCode(StatusCode code, string model, string signature, int type, float[] values, int columns)
    {
        var request = RequestOf(values, columns);
        request.ModelSpec = new ModelSpec { Name = model, SignatureName = signature };
        request.Inputs["features"].Dtype = type;

        await FlowerServer.AssertRefused(code, PredictAsync(request));
    }

    [Fact]
    public async Task NoModelSpecOrNoInputOrBytesThatAreNoMessage_AreRefused()
    {
        await FlowerServer.AssertRefused(StatusCode.InvalidArgument, PredictAsync(new PredictRequest()));
        await FlowerServer.AssertRefused(StatusCode.InvalidArgument, PredictAsync(new PredictRequest { ModelSpec = new ModelSpec { Name = "flowers" } }));
        await FlowerServer.AssertRefused(StatusCode.NotFound, StatusAsync("trees"));
        await FlowerServer.AssertRefused(StatusCode.Internal, server.CallAsync(Prediction, "Predict", [0xff]));
        await FlowerServer.AssertRefused(StatusCode.Unimplemented, server.CallAsync(Prediction, "Regress", []));
    }

    internal static PredictRequest RequestOf(float[] values, int columns) => new()
    {
        ModelSpec = new ModelSpec { Name = "flowers" },
        Inputs =
        {
            ["features"] = new Tensor
            {
                Dtype = 1,
                TensorShape = new TensorShape { Dim = { new Dim { Size = values.Length / columns }, new Dim { Size = columns } } },
                FloatVal = { values },
            },
        },
    };

    private Task<PredictResponse> PredictAsync(PredictRequest request) => server.CallAsync(Prediction, "Predict", request, PredictResponse.Parser);

    private Task<GetModelStatusResponse> StatusAsync(string model) => server.CallAsync(
        "tensorflow.serving.ModelService", "GetModelStatus", new GetModelStatusRequest { ModelSpec = new ModelSpec { Name = model } }, GetModelStatusResponse.Parser);
}
