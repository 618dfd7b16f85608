using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Messages;

/// <summary>The value of a record for a person: a known message as JSON, JSON and text in one line, of anything else its first bytes.</summary>
internal static class ReadableValue
{
    private const int ShownBytes = 24;

    private const string FP32 = "FP32";
    private const int Float = 1;

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = RestMessage.Readable.Encoder };
    private static readonly JsonFormatter Formatter = JsonFormatter.Default;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static string Of(Record record)
    {
        if (record.Value is not { } value) return "(null)";
        if (value.Length == 0) return "(empty)";
        if (record.Headers.Count(HeaderNames.ProtoName, out var name) == 1 && name is not null && MessageTypes.Find(Encoding.UTF8.GetString(name)) is { } type)
        {
            try
            {
                return Formatter.Format(WithNumbers(type.Parser.ParseFrom(value)));
            }
            catch (Exception other) when (other is InvalidProtocolBufferException or InvalidOperationException)
            {
                // It says that it is such a message, and is none; or it holds an Any of an unknown type.
            }
        }
        return TextOf(value) ?? $"{value.Length} bytes: {Convert.ToHexStringLower(value.AsSpan(0, Math.Min(value.Length, ShownBytes)))}{(value.Length > ShownBytes ? "…" : "")}";
    }

    /// <summary>Bytes as text in one line, without what a terminal would take for a command; null if they are no text.</summary>
    public static string? TextOf(byte[] bytes)
    {
        try
        {
            var text = Strict.GetString(bytes);
            return text.Any(c => c != '\t' && c != '\r' && c != '\n' && char.IsControl(c)) ? null : Compact(text);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string Compact(string text)
    {
        if (!text.AsSpan().ContainsAny('\n', '\r', '\t')) return text;
        try
        {
            using var json = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(json, OneLine);
        }
        catch (JsonException)
        {
            return text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim();
        }
    }

    /// <summary>Numbers that stand in the message as bytes, as numbers.</summary>
    private static IMessage WithNumbers(IMessage message)
    {
        switch (message)
        {
            case ModelInferResponse response when response.RawOutputContents.Count == response.Outputs.Count && response.Outputs.All(o => o.Datatype == FP32):
                foreach (var (output, raw) in response.Outputs.Zip(response.RawOutputContents)) output.Contents = Singles(raw);
                response.RawOutputContents.Clear();
                break;
            case ModelInferRequest request when request.RawInputContents.Count == request.Inputs.Count && request.Inputs.All(i => i.Datatype == FP32):
                foreach (var (input, raw) in request.Inputs.Zip(request.RawInputContents)) input.Contents = Singles(raw);
                request.RawInputContents.Clear();
                break;
            case PredictResponse response:
                foreach (var tensor in response.Outputs.Values) Unpack(tensor);
                break;
            case PredictRequest request:
                foreach (var tensor in request.Inputs.Values) Unpack(tensor);
                break;
        }
        return message;

        static InferTensorContents Singles(ByteString raw) => new() { Fp32Contents = { LittleEndian.ReadSingles(raw.Span) } };

        static void Unpack(Tensor tensor)
        {
            if (tensor.Dtype != Float || tensor.TensorContent.IsEmpty) return;
            tensor.FloatVal.Add(LittleEndian.ReadSingles(tensor.TensorContent.Span));
            tensor.TensorContent = ByteString.Empty;
        }
    }
}
