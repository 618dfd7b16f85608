using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model over gRPC answers as the servers of the three protocols do.</summary>
public class FlowerGrpcTests(FlowerServer server) : IClassFixture<FlowerServer>
{
    private static readonly float[] OneRow = [1, 2, 3, 4];

    [Fact]
    public async Task TensorFlow_TwoFlowersInEitherRepresentation_HaveTheScoresOfTheClassifier()
    {
        var typed = PredictRequestOf(FlowerServer.Features, 4);
        var packed = PredictRequestOf([], 4, rows: 2);
        packed.Inputs["features"].TensorContent = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(FlowerServer.Features));
        foreach (var request in new[] { typed, packed })
        {
            var answer = await PredictAsync(request);

            var scores = answer.Outputs["scores"];
            Assert.Equal((1, 2, 3), (scores.Dtype, scores.TensorShape.Dim[0].Size, scores.TensorShape.Dim[1].Size));
            FlowerServer.AssertScores(scores.FloatVal.Select(score => (double)score));
            Assert.Equal(("flowers", 1, "serving_default"), (answer.ModelSpec.Name, answer.ModelSpec.Version, answer.ModelSpec.SignatureName));
        }
    }

    [Theory, InlineData("seldon.protos.Model"), InlineData("seldon.protos.Seldon")]
    public async Task Seldon_TwoFlowersInEachKind_HaveTheScoresOfTheClassifierInThatKind(string service)
    {
        var rows = await SeldonAsync(new DefaultData { Ndarray = RowsOf(FlowerServer.Features, 4) }, service);
        var tensor = await SeldonAsync(new DefaultData { Tensor = new SeldonTensor { Shape = { 2, 4 }, Values = { FlowerServer.Features.Select(f => (double)f) } } }, service);
        var tensorFlows = await SeldonAsync(new DefaultData { Tftensor = PredictRequestOf(FlowerServer.Features, 4).Inputs["features"] }, service);

        FlowerServer.AssertScores(rows.Data.Ndarray.Values.SelectMany(row => row.ListValue.Values).Select(score => score.NumberValue));
        FlowerServer.AssertScores(tensor.Data.Tensor.Values);
        Assert.Equal([2, 3], tensor.Data.Tensor.Shape);
        FlowerServer.AssertScores(tensorFlows.Data.Tftensor.FloatVal.Select(score => (double)score));
        Assert.Equal(["setosa", "versicolor", "virginica"], rows.Data.Names);
    }

    [Fact]
    public async Task V2_TypedContents_AreAnsweredTyped()
    {
        var answer = await InferAsync(InferRequestOf(FlowerServer.Features));

        Assert.Equal(("flowers", "1", "17"), (answer.ModelName, answer.ModelVersion, answer.Id));
        var output = Assert.Single(answer.Outputs);
        Assert.Equal(("scores", "FP32"), (output.Name, output.Datatype));
        Assert.Equal([2, 3], output.Shape);
        FlowerServer.AssertScores(output.Contents.Fp32Contents.Select(score => (double)score));
        Assert.Empty(answer.RawOutputContents);
    }

    [Fact]
    public async Task V2_RawContents_AreAnsweredRaw()
    {
        var answer = await InferAsync(RawRequestOf(FlowerServer.Features));

        Assert.Null(Assert.Single(answer.Outputs).Contents);
        FlowerServer.AssertScores(MemoryMarshal.Cast<byte, float>(Assert.Single(answer.RawOutputContents).Span).ToArray().Select(score => (double)score));
    }

    [Fact]
    public async Task Readiness_IsTrueOfTheServerAndOfItsModel()
    {
        var status = await CallAsync(
            "tensorflow.serving.ModelService", "GetModelStatus", new GetModelStatusRequest { ModelSpec = new ModelSpec { Name = "flowers" } }, GetModelStatusResponse.Parser);
        Assert.Equal(30, Assert.Single(status.ModelVersionStatus).State);
        Assert.True((await CallAsync("inference.GRPCInferenceService", "ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        Assert.True((await CallAsync("inference.GRPCInferenceService", "ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Ready);
        Assert.True((await ModelReadyAsync("flowers", "")).Ready);
        Assert.True((await ModelReadyAsync("flowers", "1")).Ready);
    }

    [Fact]
    public async Task TensorFlow_WhatTheModelCannotAnswer_HasTheProtocolsCode()
    {
        await AssertRefused(StatusCode.InvalidArgument, PredictAsync(new PredictRequest()));
        await AssertRefused(StatusCode.NotFound, PredictAsync(PredictRequestOf(OneRow, 4, model: "trees")));
        await AssertRefused(StatusCode.InvalidArgument, PredictAsync(PredictRequestOf([1, 2, 3], 3)));
        await AssertRefused(StatusCode.InvalidArgument, PredictAsync(PredictRequestOf(OneRow, 4, rows: 2)));
        await AssertRefused(StatusCode.InvalidArgument, PredictAsync(PredictRequestOf([1, 2, 3, float.NaN], 4)));
        var otherSignature = PredictRequestOf(OneRow, 4);
        otherSignature.ModelSpec.SignatureName = "other";
        await AssertRefused(StatusCode.FailedPrecondition, PredictAsync(otherSignature));
        var otherType = PredictRequestOf(OneRow, 4);
        otherType.Inputs["features"].Dtype = 2;
        await AssertRefused(StatusCode.InvalidArgument, PredictAsync(otherType));
    }

    [Fact]
    public async Task Seldon_WhatTheModelCannotAnswer_IsInvalidArgument()
    {
        await AssertRefused(StatusCode.InvalidArgument, SeldonAsync(new DefaultData()));
        await AssertRefused(StatusCode.InvalidArgument, SeldonAsync(new DefaultData { Ndarray = RowsOf([1, 2, 3], 3) }));
        await AssertRefused(StatusCode.InvalidArgument, SeldonAsync(new DefaultData { Ndarray = new ListValue { Values = { Value.ForString("rose") } } }));
        await AssertRefused(StatusCode.InvalidArgument, SeldonAsync(new DefaultData { Tensor = new SeldonTensor { Shape = { 1, 4 }, Values = { 1, 2, 3 } } }));
        await AssertRefused(StatusCode.InvalidArgument, CallAsync("seldon.protos.Model", "Predict", new SeldonMessage { StrData = "rose" }, SeldonMessage.Parser));
    }

    [Fact]
    public async Task V2_WhatTheModelCannotAnswer_HasTheProtocolsCode()
    {
        await AssertRefused(StatusCode.NotFound, InferAsync(new ModelInferRequest { ModelName = "trees" }));
        await AssertRefused(StatusCode.NotFound, InferAsync(new ModelInferRequest { ModelName = "flowers", ModelVersion = "2" }));
        await AssertRefused(StatusCode.InvalidArgument, InferAsync(new ModelInferRequest { ModelName = "flowers" }));
        await AssertRefused(StatusCode.NotFound, ModelReadyAsync("trees", ""));
        var tooFew = InferRequestOf(OneRow);
        tooFew.Inputs[0].Contents.Fp32Contents.RemoveAt(0);
        await AssertRefused(StatusCode.InvalidArgument, InferAsync(tooFew));
        var torn = RawRequestOf(OneRow);
        torn.RawInputContents[0] = ByteString.CopyFrom(torn.RawInputContents[0].Span[..^1]);
        await AssertRefused(StatusCode.InvalidArgument, InferAsync(torn));
        var twice = InferRequestOf(OneRow);
        twice.RawInputContents.Add(RawRequestOf(OneRow).RawInputContents[0]);
        await AssertRefused(StatusCode.InvalidArgument, InferAsync(twice));
    }

    [Theory, InlineData("seldon.protos.Model", "Predict"), InlineData("tensorflow.serving.PredictionService", "Predict"), InlineData("inference.GRPCInferenceService", "ModelInfer")]
    public async Task BytesThatAreNoMessage_AreInternal(string service, string method) =>
        await AssertRefused(StatusCode.Internal, CallBytesAsync(service, method, [0xff]));

    [Theory, InlineData("seldon.protos.Router", "Route"), InlineData("inference.GRPCInferenceService", "ModelMetadata")]
    public async Task UnknownMethod_IsUnimplemented(string service, string method) =>
        await AssertRefused(StatusCode.Unimplemented, CallBytesAsync(service, method, []));

    private static async Task AssertRefused(StatusCode code, Task call) => Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);

    private static PredictRequest PredictRequestOf(float[] values, int columns, int? rows = null, string model = "flowers") => new()
    {
        ModelSpec = new ModelSpec { Name = model },
        Inputs =
        {
            ["features"] = new Tensor
            {
                Dtype = 1,
                TensorShape = new TensorShape { Dim = { new Dim { Size = rows ?? values.Length / columns }, new Dim { Size = columns } } },
                FloatVal = { values },
            },
        },
    };

    private static ModelInferRequest InferRequestOf(float[] values)
    {
        var request = RawRequestOf(values);
        request.RawInputContents.Clear();
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { values } };
        return request;
    }

    private static ModelInferRequest RawRequestOf(float[] values) => new()
    {
        ModelName = "flowers",
        Id = "17",
        Inputs = { new InferInputTensor { Name = "features", Datatype = "FP32", Shape = { values.Length / 4, 4 } } },
        RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)) },
    };

    private static ListValue RowsOf(float[] values, int columns) =>
        new() { Values = { values.Chunk(columns).Select(row => Value.ForList([.. row.Select(v => Value.ForNumber(v))])) } };

    private Task<PredictResponse> PredictAsync(PredictRequest request) =>
        CallAsync("tensorflow.serving.PredictionService", "Predict", request, PredictResponse.Parser);

    private Task<SeldonMessage> SeldonAsync(DefaultData data, string service = "seldon.protos.Model") =>
        CallAsync(service, "Predict", new SeldonMessage { Data = data }, SeldonMessage.Parser);

    private Task<ModelInferResponse> InferAsync(ModelInferRequest request) =>
        CallAsync("inference.GRPCInferenceService", "ModelInfer", request, ModelInferResponse.Parser);

    private Task<ModelReadyResponse> ModelReadyAsync(string model, string version) =>
        CallAsync("inference.GRPCInferenceService", "ModelReady", new ModelReadyRequest { Name = model, Version = version }, ModelReadyResponse.Parser);

    private async Task<T> CallAsync<T>(string service, string method, IMessage request, MessageParser<T> answer) where T : IMessage<T> =>
        answer.ParseFrom(await CallBytesAsync(service, method, request.ToByteArray()));

    private async Task<byte[]> CallBytesAsync(string service, string method, byte[] request)
    {
        var bytes = Marshallers.Create(b => b, b => b);
        var call = server.Grpc.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, method, bytes, bytes), null, new CallOptions(cancellationToken: TestContext.Current.CancellationToken), request);
        return await call.ResponseAsync;
    }
}
