using System.Buffers;
using System.Text.Json;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>
/// The JSON of the V2 protocol: <c>{"id":…,"inputs":[{"name":"features","shape":[n,4],"datatype":"FP32","data":[…]}]}</c> in, the data
/// nested or not, and <c>{"model_name":…,"model_version":…,"id":…,"outputs":[{"name":"scores",…}]}</c> out.
/// </summary>
internal static class V2Json
{
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>The request as the message that it would be, its values in <c>fp32_contents</c>, or null and what is wrong with the body.</summary>
    public static ModelInferRequest? Read(in ReadOnlySequence<byte> body, out string? problem)
    {
        var request = new ModelInferRequest();
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("id"u8, out var id)) request.Id = id.GetString() ?? "";
            foreach (var input in json.RootElement.GetProperty("inputs"u8).EnumerateArray()) request.Inputs.Add(ReadInput(input));
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            problem = $"The body is no inference request: {malformed.Message}";
            return null;
        }
        problem = V2Model.ProblemOf(request.Inputs, [.. request.Inputs.SelectMany(input => input.Contents.Fp32Contents)]);
        return problem is null ? request : null;
    }

    public static ReadOnlyMemory<byte> Write(string id, float[] scores)
    {
        var classes = FlowerClassifier.ClassNames.Count;
        var buffer = new ArrayBufferWriter<byte>(128 + 16 * scores.Length);
        using var json = new Utf8JsonWriter(buffer, Unchecked);
        json.WriteStartObject();
        json.WriteString("model_name"u8, FlowerModel.Name);
        json.WriteString("model_version"u8, V2Model.Version);
        if (id.Length > 0) json.WriteString("id"u8, id);
        json.WriteStartArray("outputs"u8);
        json.WriteStartObject();
        json.WriteString("name"u8, FlowerModel.OutputName);
        json.WriteStartArray("shape"u8);
        json.WriteNumberValue(scores.Length / classes);
        json.WriteNumberValue(classes);
        json.WriteEndArray();
        json.WriteString("datatype"u8, V2Model.Float);
        json.WriteStartArray("data"u8);
        foreach (var score in scores) json.WriteNumberValue(score);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static InferInputTensor ReadInput(JsonElement json)
    {
        var input = new InferInputTensor
        {
            Name = json.GetProperty("name"u8).GetString() ?? "",
            Datatype = json.GetProperty("datatype"u8).GetString() ?? "",
            Contents = new InferTensorContents(),
        };
        foreach (var size in json.GetProperty("shape"u8).EnumerateArray()) input.Shape.Add(size.GetInt64());
        AddValues(input.Contents, json.GetProperty("data"u8));
        return input;
    }

    private static void AddValues(InferTensorContents contents, JsonElement data)
    {
        foreach (var value in data.EnumerateArray())
        {
            if (value.ValueKind == JsonValueKind.Array) AddValues(contents, value);
            else contents.Fp32Contents.Add(value.GetSingle());
        }
    }
}
