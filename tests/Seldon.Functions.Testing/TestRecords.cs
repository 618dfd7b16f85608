using System.Text;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Testing;

/// <summary>Records as they stand on an input topic.</summary>
internal static class TestRecords
{
    public const string PredictRequestName = "tensorflow.serving.PredictRequest";

    /// <summary>A good record for this transport; the text stands in its value, so that a script can look for it.</summary>
    public static Record Good(Transport transport, long offset = 0, string text = "good", params Header[] headers) =>
        transport == Transport.Grpc ? Grpc(Predict(text), offset, headers) : Rest($$"""{"instances":[["{{text}}"]]}""", offset, headers);

    /// <summary>A good record of any protocol.</summary>
    public static Record GoodFor(string protocol, Transport transport, long offset, string text = "good") => (protocol, transport) switch
    {
        ("tensorflow", _) => Good(transport, offset, text),
        (_, Transport.Rest) => Rest(protocol == "v2"
            ? $$"""{"id":"{{text}}","inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"""
            : $$"""{"strData":"{{text}}"}""", offset),
        ("v2", _) => Of(Infer(text), offset, Header("proto-name", "inference.ModelInferRequest")),
        _ => Of(new SeldonMessage { StrData = text }.ToByteArray(), offset, Header("proto-name", "seldon.protos.SeldonMessage")),
    };

    private static byte[] Infer(string id) => new ModelInferRequest
    {
        ModelName = "m",
        Id = id,
        Inputs = { new InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1 } } } },
    }.ToByteArray();

    public static Record Rest(string value, long offset = 0, params Header[] headers) => Of(Encoding.UTF8.GetBytes(value), offset, headers);

    public static Record Grpc(byte[] value, long offset = 0, params Header[] headers) =>
        Of(value, offset, [Header("proto-name", PredictRequestName), .. headers]);

    public static Record Of(byte[]? value, long offset = 0, params Header[] headers) => new("in", 3, offset, 1_700_000_000_123, "key"u8.ToArray(), value, headers);

    public static Header Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));

    /// <summary>A PredictRequest for the model <c>m</c> with one input, its name being the text.</summary>
    public static byte[] Predict(string text = "good", string model = "m", long? version = null, string? label = null)
    {
        var request = new PredictRequest
        {
            ModelSpec = new ModelSpec { Name = model },
            Inputs =
            {
                [text] = new Tensor { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = 1 }, new Dim { Size = 2 } } }, FloatVal = { 1.5f, -2f } },
            },
        };
        if (version is { } number) request.ModelSpec.Version = number;
        if (label is not null) request.ModelSpec.VersionLabel = label;
        return request.ToByteArray();
    }

    public static string? TextOf(this IReadOnlyList<Header> headers, string name) =>
        headers.Where(h => h.Name == name).Select(h => h.Value is null ? null : Encoding.UTF8.GetString(h.Value)).SingleOrDefault();
}
