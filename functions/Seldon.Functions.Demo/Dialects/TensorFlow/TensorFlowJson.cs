using System.Buffers;
using System.Text.Json;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>
/// The JSON of TensorFlow's REST interface, in its row form: <c>{"signature_name":…,"instances":[[f,f,f,f],…]}</c> in and
/// <c>{"predictions":[[p,p,p],…]}</c> out.
/// </summary>
internal static class TensorFlowJson
{
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>The features of all rows, or null and what is wrong with the body.</summary>
    public static float[]? Read(in ReadOnlySequence<byte> body, out string? problem)
    {
        float[]? features = null;
        problem = null;
        try
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return Stop("The body is not a JSON object", out problem);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("instances"u8))
                {
                    if ((features = ReadRows(ref json, out var inRows)) is null) return Stop(inRows!, out problem);
                }
                else if (json.ValueTextEquals("signature_name"u8) && json.Read() && json.TokenType == JsonTokenType.String)
                {
                    problem ??= TensorFlowModel.Find(FlowerModel.Name, null, null, json.GetString())?.Message;
                }
                else
                {
                    json.Skip();
                }
            }
            // What follows the object is an error, which the reader throws.
            json.Read();
        }
        catch (JsonException malformed)
        {
            return Stop($"JSON Parse error: {malformed.Message}", out problem);
        }
        if (problem is not null) return null;
        return features ?? Stop("Missing 'instances' key", out problem);
    }

    public static ReadOnlyMemory<byte> WritePredictions(float[] scores)
    {
        var buffer = new ArrayBufferWriter<byte>(32 + 16 * scores.Length);
        using var json = new Utf8JsonWriter(buffer, Unchecked);
        json.WriteStartObject();
        json.WriteStartArray("predictions"u8);
        foreach (var row in scores.Chunk(FlowerClassifier.ClassNames.Count))
        {
            json.WriteStartArray();
            foreach (var score in row) json.WriteNumberValue(score);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static float[]? ReadRows(ref Utf8JsonReader json, out string? problem)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return Stop("'instances' is not a list", out problem);
        var features = new List<float>(Flower.FeatureCount);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartArray) return Stop("An instance is not a list of numbers", out problem);
            var start = features.Count;
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (json.TokenType != JsonTokenType.Number || !json.TryGetSingle(out var feature) || !float.IsFinite(feature))
                    return Stop("A feature is not a number of 32 bits", out problem);
                features.Add(feature);
            }
            if (features.Count - start != Flower.FeatureCount)
                return Stop($"An instance has {features.Count - start} features instead of {Flower.FeatureCount}", out problem);
        }
        if (features.Count == 0) return Stop("'instances' is empty", out problem);
        problem = null;
        return [.. features];
    }

    private static float[]? Stop(string message, out string? problem)
    {
        problem = message;
        return null;
    }
}
