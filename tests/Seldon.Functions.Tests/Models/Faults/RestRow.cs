using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>A row of the method table: a REST request, where it goes, and what comes back.</summary>
/// <param name="Path">Where it is posted to.</param>
/// <param name="Body">The record's value.</param>
/// <param name="Settings">The route's settings; the protocol first.</param>
internal sealed record RestRow(string Path, byte[] Body, params (string Name, string Value)[] Settings)
{
    private static readonly (string, string) Seldon = ("SELDON_PROTOCOL", "seldon");
    private static readonly (string, string) TensorFlow = ("SELDON_PROTOCOL", "tensorflow");
    private static readonly (string, string) V2 = ("SELDON_PROTOCOL", "v2");
    private static readonly byte[] Ndarray = """{"data":{"names":["a"],"ndarray":[[1]]}}"""u8.ToArray();
    private static readonly byte[] Instances = """{"instances":[[1,NaN]]}"""u8.ToArray();
    private static readonly byte[] Examples = """{"examples":[{"x":1}]}"""u8.ToArray();
    private static readonly byte[] Inputs = """{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"""u8.ToArray();

    // Four bytes of a tensor after 46 of JSON; they are no UTF-8.
    private static readonly byte[] Binary = [.. """{"inputs":[{"parameters":{"binary_data_size":4}}]}"""u8, 0xff, 0xfe, 0, 0x7b];

    /// <summary>The record's headers.</summary>
    public Header[] Headers { get; init; } = [];

    public string ContentType { get; init; } = "application/json";

    public byte[] Answer { get; init; } = """{"predictions":[NaN],"outputs":[],"meta":{"status":{"status":"FAILURE"}}}"""u8.ToArray();

    public string AnswerType { get; init; } = "application/json";

    /// <summary>Headers of the answer that belong on the result.</summary>
    public (string Name, string Value)[] AnswerHeaders { get; init; } = [];

    public static IReadOnlyDictionary<string, RestRow> All { get; } = new Dictionary<string, RestRow>
    {
        ["seldon"] = new("/predict", Ndarray, Seldon),
        ["seldon with status SUCCESS"] = new("/predict", Ndarray, Seldon) { Answer = """{"status":{"code":200,"status":"SUCCESS"},"strData":"x"}"""u8.ToArray() },
        ["seldon at the front door"] = new("/api/v1.0/predictions", Ndarray, Seldon, ("SELDON_TARGET", "front-door")),
        ["tensorflow predict"] = new("/v1/models/m:predict", Instances, TensorFlow),
        ["tensorflow predict at the front door"] = new("/v1/models/m:predict", Instances, TensorFlow, ("SELDON_TARGET", "front-door")),
        ["tensorflow version"] = new("/v1/models/m/versions/7:predict", Instances, TensorFlow, ("MODEL_VERSION", "7")),
        ["tensorflow label"] = new("/v1/models/m/labels/stable:predict", Instances, TensorFlow, ("MODEL_LABEL", "stable")),
        ["tensorflow classify by header"] = new("/v1/models/m:classify", Examples, TensorFlow) { Headers = [TestRecords.Header("seldon-method", "classify")] },
        ["tensorflow regress by header"] = new("/v1/models/m:regress", Examples, TensorFlow, ("SELDON_METHOD", "classify")) { Headers = [TestRecords.Header("Seldon-Method", "regress")] },
        ["tensorflow classify by route"] = new("/v1/models/m/versions/3:classify", Examples, TensorFlow, ("SELDON_METHOD", "classify"), ("MODEL_VERSION", "3")),
        ["v2"] = new("/v2/models/m/infer", Inputs, V2),
        ["v2 version"] = new("/v2/models/m/versions/v0.1.0/infer", Inputs, V2, ("MODEL_VERSION", "v0.1.0")),
        ["open-inference is v2"] = new("/v2/models/m/infer", Inputs, ("SELDON_PROTOCOL", "open-inference")),
        ["v2 binary"] = new("/v2/models/m/infer", Binary, V2)
        {
            Headers = [TestRecords.Header("Inference-Header-Content-Length", "46")],
            ContentType = "application/octet-stream",
            Answer = Binary,
            AnswerType = "application/octet-stream",
            AnswerHeaders = [("inference-header-content-length", "46")],
        },
    };

    public override string ToString() => $"{Path} {Encoding.UTF8.GetString(Body)}";
}
