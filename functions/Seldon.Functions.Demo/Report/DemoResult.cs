using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Report;

/// <summary>What the demo shows of a record that came out: on the results topic or on the error topic.</summary>
internal static class DemoResult
{
    /// <summary>
    /// One line for a person, such as <c>record 17 -> setosa 0.97</c>, or <c>record 23 -> dead letter: invalid-json</c> for a
    /// dead letter. Says so if the value is neither.
    /// </summary>
    public static string Describe(IReadOnlyList<Header> headers, byte[]? value)
    {
        var record = $"record {Text(headers, DemoRecords.IndexHeader) ?? "?"}";
        if (Text(headers, HeaderNames.ErrorPrefix + "reason") is { } reason) return $"{record} -> dead letter: {reason}";
        if (Scores(headers, value) is not { } scores) return $"{record} -> {value?.Length ?? 0} bytes that are no answer of the model";
        var best = FlowerClassifier.ClassOf(scores);
        return string.Create(CultureInfo.InvariantCulture, $"{record} -> {FlowerClassifier.ClassNames[best]} {scores[best]:0.00}");
    }

    /// <summary>The probabilities of the classes in an answer's only row, or null if it is no answer of the model.</summary>
    public static float[]? Scores(IReadOnlyList<Header> headers, byte[]? value)
    {
        if (value is null) return null;
        try
        {
            var scores = Text(headers, HeaderNames.ProtoName) switch
            {
                null => ScoresOfJson(value),
                "seldon.protos.SeldonMessage" => ScoresOf(SeldonMessage.Parser.ParseFrom(value)),
                "tensorflow.serving.PredictResponse" => ScoresOf(PredictResponse.Parser.ParseFrom(value)),
                "inference.ModelInferResponse" => ScoresOf(ModelInferResponse.Parser.ParseFrom(value)),
                _ => null,
            };
            return scores?.Length == FlowerClassifier.ClassNames.Count ? scores : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static float[]? ScoresOf(SeldonMessage answer) => answer.Data?.DataCase switch
    {
        DefaultData.DataOneofCase.Ndarray =>
            [.. answer.Data.Ndarray.Values.SelectMany(row => row.ListValue?.Values ?? []).Select(score => (float)score.NumberValue)],
        DefaultData.DataOneofCase.Tensor => [.. answer.Data.Tensor.Values.Select(score => (float)score)],
        _ => null,
    };

    private static float[]? ScoresOf(PredictResponse answer) =>
        answer.Outputs.TryGetValue(FlowerModel.OutputName, out var scores) ? [.. scores.FloatVal] : null;

    private static float[]? ScoresOf(ModelInferResponse answer)
    {
        if (answer.Outputs is not [{ Name: FlowerModel.OutputName } output]) return null;
        return answer.RawOutputContents is [var raw] ? LittleEndian.ReadSingles(raw.Span) : [.. output.Contents?.Fp32Contents ?? []];
    }

    /// <summary>Each protocol's JSON has its scores under a name of its own.</summary>
    private static float[]? ScoresOfJson(byte[] value)
    {
        using var json = JsonDocument.Parse(value);
        var root = json.RootElement;
        if (root.TryGetProperty("predictions"u8, out var scores)) return Numbers(scores);
        if (root.TryGetProperty("outputs"u8, out var outputs))
            return outputs.EnumerateArray().FirstOrDefault().TryGetProperty("data"u8, out scores) ? Numbers(scores) : null;
        if (!root.TryGetProperty("data"u8, out var data)) return null;
        if (data.TryGetProperty("ndarray"u8, out scores)) return Numbers(scores);
        return data.TryGetProperty("tensor"u8, out var tensor) && tensor.TryGetProperty("values"u8, out scores) ? Numbers(scores) : null;
    }

    private static float[] Numbers(JsonElement numbers) =>
        [.. numbers.EnumerateArray().SelectMany(number => number.ValueKind == JsonValueKind.Array ? Numbers(number) : [number.GetSingle()])];

    private static string? Text(IReadOnlyList<Header> headers, string name)
    {
        foreach (var header in headers)
        {
            if (header.Value is not null && header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8.GetString(header.Value);
        }
        return null;
    }
}
