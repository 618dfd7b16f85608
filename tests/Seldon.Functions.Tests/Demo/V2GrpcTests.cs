using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model over gRPC answers as a server of the V2 protocol does.</summary>
public class V2GrpcTests(FlowerServer server) : IClassFixture<FlowerServer>
{
    private const string Service = "inference.GRPCInferenceService";

    [Fact]
    public async Task TypedContents_AreAnsweredTyped()
    {
        var answer = await InferAsync(Typed(FlowerServer.Features));

        Assert.Equal(("flowers", "1", "17"), (answer.ModelName, answer.ModelVersion, answer.Id));
        var output = Assert.Single(answer.Outputs);
        Assert.Equal(("scores", "FP32"), (output.Name, output.Datatype));
        Assert.Equal([2, 3], output.Shape);
        FlowerServer.AssertScores(output.Contents.Fp32Contents.Select(score => (double)score));
        Assert.Empty(answer.RawOutputContents);
    }

    [Fact]
    public async Task RawContents_AreAnsweredRaw()
    {
        var answer = await InferAsync(Raw(FlowerServer.Features));

        Assert.Null(Assert.Single(answer.Outputs).Contents);
        var scores = MemoryMarshal.Cast<byte, float>(Assert.Single(answer.RawOutputContents).Span).ToArray();
        FlowerServer.AssertScores(scores.Select(score => (double)score));
    }

    [Fact]
    public async Task Readiness_IsTrueOfTheServerAndOfItsModel()
    {
        Assert.True((await server.CallAsync(Service, "ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        Assert.True((await server.CallAsync(Service, "ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Ready);
        Assert.True((await ModelReadyAsync("flowers", "")).Ready);
        Assert.True((await ModelReadyAsync("flowers", "1")).Ready);
        await FlowerServer.AssertRefused(StatusCode.NotFound, ModelReadyAsync("trees", ""));
        await FlowerServer.AssertRefused(StatusCode.NotFound, ModelReadyAsync("flowers", "2"));
    }

    [Theory]
    [InlineData(StatusCode.NotFound, "trees", "", "features", "FP32", 4)]
    [InlineData(StatusCode.NotFound, "flowers", "2", "features", "FP32", 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "1", "petals", "FP32", 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "1", "features", "FP64", 4)]
    [InlineData(StatusCode.InvalidArgument, "flowers", "1", "features", "FP32", 3)]
    public async Task WhatTheModelCannotAnswer_HasTheProtocolsCode(StatusCode code, string model, string version, string input, string type, int columns)
    {
        foreach (var request in new[] { Typed(new float[columns]), Raw(new float[columns]) })
        {
            (request.ModelName, request.ModelVersion) = (model, version);
            (request.Inputs[0].Name, request.Inputs[0].Datatype, request.Inputs[0].Shape[0], request.Inputs[0].Shape[1]) = (input, type, 1, columns);

            await FlowerServer.AssertRefused(code, InferAsync(request));
        }
    }

    [Fact]
    public async Task ContentsThatDoNotFit_AreInvalidArgument()
    {
        var tooFew = Typed(new float[4]);
        tooFew.Inputs[0].Contents.Fp32Contents.RemoveAt(0);
        var torn = Raw(new float[4]);
        torn.RawInputContents[0] = ByteString.CopyFrom(new byte[17]);
        var twice = Typed(new float[4]);
        twice.RawInputContents.Add(ByteString.CopyFrom(new byte[16]));
        var two = Typed(new float[4]);
        two.Inputs.Add(two.Inputs[0].Clone());

        foreach (var request in new[] { tooFew, torn, twice, two, new ModelInferRequest { ModelName = "flowers" } })
            await FlowerServer.AssertRefused(StatusCode.InvalidArgument, InferAsync(request));
    }

    [Fact]
    public async Task BytesThatAreNoMessageOrAnotherMethod_AreRefused()
    {
        await FlowerServer.AssertRefused(StatusCode.Internal, server.CallAsync(Service, "ModelInfer", [0xff]));
        await FlowerServer.AssertRefused(StatusCode.Unimplemented, server.CallAsync(Service, "RepositoryIndex", []));
    }

    private static ModelInferRequest Typed(float[] values)
    {
        var request = Raw(values);
        request.RawInputContents.Clear();
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { values } };
        return request;
    }

    private static ModelInferRequest Raw(float[] values) => new()
    {
        ModelName = "flowers",
        Id = "17",
        Inputs = { new InferInputTensor { Name = "features", Datatype = "FP32", Shape = { values.Length / 4, 4 } } },
        RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)) },
    };

    private Task<ModelInferResponse> InferAsync(ModelInferRequest request) => server.CallAsync(Service, "ModelInfer", request, ModelInferResponse.Parser);

    private Task<ModelReadyResponse> ModelReadyAsync(string model, string version) =>
        server.CallAsync(Service, "ModelReady", new ModelReadyRequest { Name = model, Version = version }, ModelReadyResponse.Parser);
}
