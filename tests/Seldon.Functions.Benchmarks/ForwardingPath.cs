using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.OpenInference;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Protocols.TensorFlow;

namespace Seldon.Functions.Benchmarks;

/// <summary>What the forwarding path does with a payload before it is sent, an image of 224 · 224 · 3 numbers, against parsing it.</summary>
[MemoryDiagnoser]
public class ForwardingPath
{
    private const int Numbers = 224 * 224 * 3;
    private static readonly float[] Floats = [.. Enumerable.Range(0, Numbers).Select(i => i / (float)Numbers)];
    private static readonly ByteString Raw = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(Floats));

    private static readonly Dictionary<string, (Protocol Protocol, IMessage Message)> Requests = new()
    {
        ["tf, 4 numbers"] = (TensorFlowProtocol.Protocol, Predict(new Tensor { FloatVal = { 1, 2, 3, 4 } })),
        ["tf, tensor_content"] = (TensorFlowProtocol.Protocol, Predict(new Tensor { TensorContent = Raw })),
        ["tf, float_val"] = (TensorFlowProtocol.Protocol, Predict(new Tensor { FloatVal = { Floats } })),
        ["v2, FP32 raw"] = (OpenInferenceProtocol.Protocol, Infer("FP32", null, Raw)),
        ["v2, FP32 typed"] = (OpenInferenceProtocol.Protocol, Infer("FP32", new InferTensorContents { Fp32Contents = { Floats } }, null)),
        ["v2, UINT8 typed"] = (OpenInferenceProtocol.Protocol, Infer("UINT8", new InferTensorContents { UintContents = { Enumerable.Range(0, Numbers).Select(i => (uint)i % 256) } }, null)),
        ["seldon, tensor"] = (SeldonProtocol.Model, new SeldonMessage { Data = new DefaultData { Tensor = new SeldonTensor { Shape = { 1, Numbers }, Values = { Floats.Select(f => (double)f) } } } }),
    };

    private readonly ModelSelector _model = new("flowers");
    private GrpcMethod _method = null!;
    private MessageParser _parser = null!;
    private byte[] _request = [];

    [ParamsSource(nameof(Names))]
    public string Request { get; set; } = "";

    public static IEnumerable<string> Names => Requests.Keys;

    [GlobalSetup]
    public void Setup()
    {
        var (protocol, message) = Requests[Request];
        (_method, _parser, _request) = (protocol.Methods[0], message.Descriptor.Parser, message.ToByteArray());
        if (_method.Check(_request, _model).Problem is { } problem) throw new InvalidOperationException(problem);
    }

    [Benchmark(Baseline = true)]
    public IMessage ParseMessage() => _parser.ParseFrom(_request);

    [Benchmark]
    public bool CheckInPlace() => _method.Check(_request, _model).Problem is null;

    private static PredictRequest Predict(Tensor tensor)
    {
        (tensor.Dtype, tensor.TensorShape) = (1, new TensorShape { Dim = { new Dim { Size = 1 }, new Dim { Size = 224 }, new Dim { Size = 224 }, new Dim { Size = 3 } } });
        return new PredictRequest { ModelSpec = new ModelSpec { Name = "flowers" }, Inputs = { ["features"] = tensor } };
    }

    private static ModelInferRequest Infer(string datatype, InferTensorContents? contents, ByteString? raw)
    {
        var request = new ModelInferRequest
        {
            ModelName = "flowers",
            Inputs = { new InferInputTensor { Name = "features", Datatype = datatype, Shape = { 1, 224, 224, 3 }, Contents = contents } },
        };
        if (raw is not null) request.RawInputContents.Add(raw);
        return request;
    }
}
