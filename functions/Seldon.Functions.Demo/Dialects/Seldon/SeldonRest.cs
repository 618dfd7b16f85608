using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.Seldon;

/// <summary>
/// The model by Seldon's REST interface: <c>POST /predict</c> and <c>GET /health/status</c> as a model's container has them, and
/// <c>POST /api/v1.0/predictions</c> and <c>GET /ready</c> as the front door does. What is wrong with a request is said as
/// Seldon's wrapper of Python models says it.
/// </summary>
internal sealed class SeldonRest(FlowerModel model)
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>What serves the path; null if no one does.</summary>
    public Func<HttpContext, Task>? Find(string path) => path switch
    {
        "/predict" or "/api/v1.0/predictions" or "/api/v0.1/predictions" => PredictAsync,
        "/health/status" or "/ready" => ReadyAsync,
        _ => null,
    };

    private async Task PredictAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await RestMessage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, default).ConfigureAwait(false);
            return;
        }
        var (request, problem) = await RestMessage.ReadAsync(context, Read).ConfigureAwait(false);
        if (request is null || SeldonData.ReadFeatures(request, out problem) is not { } features)
        {
            await RefuseAsync(context, problem!).ConfigureAwait(false);
            return;
        }
        var scores = await model.PredictAsync(features, context.RequestAborted).ConfigureAwait(false);
        var answer = JsonFormatter.Default.Format(SeldonData.Answer(request, scores));
        await RestMessage.WriteAsync(context, StatusCodes.Status200OK, Encoding.UTF8.GetBytes(answer)).ConfigureAwait(false);
    }

    private static Task ReadyAsync(HttpContext context) => RestMessage.WriteAsync(context, StatusCodes.Status200OK, default);

    /// <summary>Seldon's JSON is the JSON form of its message.</summary>
    private static (SeldonMessage? Message, string? Problem) Read(ReadOnlySequence<byte> body)
    {
        try
        {
            return (Parser.Parse<SeldonMessage>(Encoding.UTF8.GetString(body)), null);
        }
        catch (Exception malformed) when (malformed is InvalidJsonException or InvalidProtocolBufferException or InvalidOperationException)
        {
            // The last is what a customData of an unknown type ends in.
            return (null, $"Invalid JSON: {malformed.Message}");
        }
    }

    /// <summary><c>{"status":{"code":-1,"info":"…","reason":"MICROSERVICE_BAD_DATA","status":1}}</c></summary>
    private static Task RefuseAsync(HttpContext context, string problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, RestMessage.Readable))
        {
            json.WriteStartObject();
            json.WriteStartObject("status"u8);
            json.WriteNumber("code"u8, -1);
            json.WriteString("info"u8, problem);
            json.WriteString("reason"u8, "MICROSERVICE_BAD_DATA"u8);
            json.WriteNumber("status"u8, 1);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return RestMessage.WriteAsync(context, StatusCodes.Status400BadRequest, buffer.WrittenMemory);
    }
}
