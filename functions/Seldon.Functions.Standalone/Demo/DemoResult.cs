using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Seldon.Functions.Standalone.Demo.Wire;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>What the demo shows of a record that came out: on the results topic or on the error topic.</summary>
internal static class DemoResult
{
    private const string ResponseType = "tensorflow.serving.PredictResponse";

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

    /// <summary>The probabilities of the classes in an answer's first row, or null if it is no answer of the model.</summary>
    public static float[]? Scores(IReadOnlyList<Header> headers, byte[]? value)
    {
        if (value is null) return null;
        try
        {
            var scores = Text(headers, HeaderNames.ProtoName) == ResponseType ? ScoresOfMessage(value) : ScoresOfJson(value);
            return scores?.Length == FlowerClassifier.ClassNames.Count ? scores : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static float[]? ScoresOfMessage(byte[] value) =>
        PredictResponse.Parser.ParseFrom(value).Outputs.TryGetValue(FlowerModel.OutputName, out var scores) ? [.. scores.FloatVal] : null;

    private static float[]? ScoresOfJson(byte[] value)
    {
        using var json = JsonDocument.Parse(value);
        return json.RootElement.TryGetProperty("predictions", out var rows) && rows.GetArrayLength() > 0
            ? [.. rows[0].EnumerateArray().Select(score => score.GetSingle())]
            : null;
    }

    private static string? Text(IReadOnlyList<Header> headers, string name)
    {
        foreach (var header in headers)
        {
            if (header.Value is not null && header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8.GetString(header.Value);
        }
        return null;
    }
}
