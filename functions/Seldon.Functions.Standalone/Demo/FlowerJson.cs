using System.Buffers;
using System.Text.Json;
using Grpc.Core;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>
/// The JSON of TensorFlow's REST interface, in its row form: <c>{"signature_name":…,"instances":[[f,f,f,f],…]}</c> in and
/// <c>{"predictions":[[p,p,p],…]}</c> out.
/// </summary>
internal static class FlowerJson
{
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>The features of all rows, or null and why the body is refused.</summary>
    public static float[]? Read(in ReadOnlySequence<byte> body, out Refusal? refusal)
    {
        float[]? features = null;
        refusal = null;
        try
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return Refuse("The body is not a JSON object", out refusal);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("instances"u8))
                {
                    if ((features = ReadRows(ref json, out refusal)) is null) return null;
                }
                else if (json.ValueTextEquals("signature_name"u8) && json.Read() && json.TokenType == JsonTokenType.String)
                {
                    refusal ??= FlowerModel.Find(FlowerModel.Name, null, null, json.GetString());
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
            return Refuse($"JSON Parse error: {malformed.Message}", out refusal);
        }
        if (refusal is not null) return null;
        return features ?? Refuse("Missing 'instances' key", out refusal);
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

    private static float[]? ReadRows(ref Utf8JsonReader json, out Refusal? refusal)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return Refuse("'instances' is not a list", out refusal);
        var features = new List<float>(Flower.FeatureCount);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartArray) return Refuse("An instance is not a list of numbers", out refusal);
            var start = features.Count;
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (json.TokenType != JsonTokenType.Number || !json.TryGetSingle(out var feature) || !float.IsFinite(feature))
                    return Refuse("A feature is not a number of 32 bits", out refusal);
                features.Add(feature);
            }
            if (features.Count - start != Flower.FeatureCount)
                return Refuse($"An instance has {features.Count - start} features instead of {Flower.FeatureCount}", out refusal);
        }
        if (features.Count == 0) return Refuse("'instances' is empty", out refusal);
        refusal = null;
        return [.. features];
    }

    private static float[]? Refuse(string message, out Refusal? refusal)
    {
        refusal = new Refusal(StatusCode.InvalidArgument, message);
        return null;
    }
}
