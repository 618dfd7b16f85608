using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Seldon.Functions.Protocols;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Benchmarks;

/// <summary>What the forwarding path does with a payload before it is sent, against parsing it.</summary>
[MemoryDiagnoser]
public class ForwardingPath
{
    private readonly ModelSelector _model = new("flowers");
    private readonly GrpcMethod _predict = TensorFlow.Protocol.Methods[0];
    private byte[] _request = [];

    /// <summary>Numbers in the request: 4 make 54 bytes, 150,528 (an image of 224 · 224 · 3) make 602 KB.</summary>
    [Params(4, 150_528)]
    public int Numbers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var bytes = new byte[Numbers * sizeof(float)];
        _request = new PredictRequest
        {
            ModelSpec = new ModelSpec { Name = "flowers" },
            Inputs = { ["features"] = new Tensor { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = 1 }, new Dim { Size = Numbers } } }, TensorContent = ByteString.CopyFrom(bytes) } },
        }.ToByteArray();
    }

    [Benchmark(Baseline = true)]
    public int ParseMessage() => PredictRequest.Parser.ParseFrom(_request).Inputs.Count;

    [Benchmark]
    public bool CheckInPlace() => _predict.Check(_request, _model).Problem is null;
}
