using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>A record and what must become of it: the reason of its dead letter, or null for a result.</summary>
internal sealed record Case(string Name, string? Reason, Input Input);

/// <summary>Good records and every kind of bad one.</summary>
internal static class MixedRecords
{
    private static readonly byte[] Json = """{"instances":[["good"]]}"""u8.ToArray();
    private static readonly byte[] Noise = MakeNoise(300);

    /// <summary>The cases, several times over and each time in other partitions.</summary>
    public static IReadOnlyList<Case> Cases(int partitions, int times) =>
        [.. Enumerable.Range(0, times).SelectMany(turn => One().Select((c, i) => c with { Input = c.Input with { Partition = (i + turn) % partitions } }))];

    private static IEnumerable<Case> One()
    {
        yield return Of("good REST", null, Json);
        yield return Of("good gRPC", null, TestRecords.Predict(), Proto(TestRecords.PredictRequestName));
        yield return new Case("null key", null, new Input(0, null, Json));
        yield return new Case("empty key", null, new Input(0, [], Json));
        yield return Of("null header value", null, Json, new Header("nothing", null));
        yield return Of("header with CR and LF", null, Json, TestRecords.Header("lines", "a\r\nx-evil: 1"));
        yield return Of("header that is not ASCII", null, Json, TestRecords.Header("größe", "grün"), new Header("bytes", [0, 0xff, 0x80]));
        yield return Of("header without a name", null, Json, TestRecords.Header("", "x"));
        yield return Of("value that is not UTF-8 inside an object", null, [.. "{\"a\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        yield return Of("null value", "empty-value", null);
        yield return Of("empty value", "empty-value", []);
        yield return Of("null value of gRPC", "empty-value", null, Proto(TestRecords.PredictRequestName));
        yield return Of("protobuf without proto-name", "invalid-json", TestRecords.Predict());
        yield return Of("unknown proto-name", "unknown-proto-name", TestRecords.Predict(), Proto("tensorflow.serving.Unknown"));
        yield return Of("null proto-name", "unknown-proto-name", TestRecords.Predict(), new Header("proto-name", null));
        yield return Of("oversized proto-name", "unknown-proto-name", TestRecords.Predict(), Proto(new string('n', 100_000)));
        yield return Of("repeated proto-name", "repeated-proto-name", TestRecords.Predict(), Proto(TestRecords.PredictRequestName), Proto(TestRecords.PredictRequestName));
        yield return Of("random bytes", "invalid-json", Noise);
        yield return Of("random bytes as protobuf", "invalid-protobuf", Noise, Proto(TestRecords.PredictRequestName));
        yield return Of("truncated protobuf", "invalid-protobuf", TestRecords.Predict()[..^3], Proto(TestRecords.PredictRequestName));
        yield return Of("JSON array", "invalid-json", "[[1,2]]"u8.ToArray());
        yield return Of("JSON number", "invalid-json", "17"u8.ToArray());
        yield return Of("not UTF-8", "invalid-json", [0xff, 0xfe, (byte)'{', 0]);
        yield return Of("model answers 400", "refused-by-model", """{"do":"400"}"""u8.ToArray());
        yield return Of("model answers 500", "model-failed", """{"do":"500"}"""u8.ToArray());
        yield return Of("model hangs", "model-timeout", """{"do":"hang"}"""u8.ToArray());
        yield return Of("model resets the connection", "connection-lost", """{"do":"reset"}"""u8.ToArray());
        yield return Of("model resets the stream", "connection-lost", TestRecords.Predict("reset"), Proto(TestRecords.PredictRequestName));
        yield return Of("earlier dead letter", "invalid-json", "[]"u8.ToArray(), TestRecords.Header("a", "1"), TestRecords.Header("a", "2"), TestRecords.Header("seldon-error-reason", "old"));
    }

    /// <summary>What the model does with these records.</summary>
    public static Reaction Script(Call call) => call switch
    {
        _ when call.Says("\"400\"") => Reactions.Http(400, "{}"),
        _ when call.Says("\"500\"") => Reactions.Http(500, "{}"),
        _ when call.Says("\"hang\"") => Reactions.Hang,
        _ when call.IsGrpc && call.Says("reset") => Reactions.Reset(2),
        _ when call.Says("\"reset\"") => Reactions.Abort,
        _ => Reactions.Digest,
    };

    private static Case Of(string name, string? reason, byte[]? value, params Header[] headers) =>
        new(name, reason, new Input(0, Encoding.UTF8.GetBytes(name), value, [TestRecords.Header("case", name), .. headers]));

    private static Header Proto(string name) => TestRecords.Header("proto-name", name);

    private static byte[] MakeNoise(int length)
    {
        var noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
