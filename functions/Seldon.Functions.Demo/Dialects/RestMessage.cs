using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>The bodies of REST requests and answers, for all protocols.</summary>
internal static class RestMessage
{
    /// <summary>Quotation marks in an error's text need no \u0027 where no web page shows it.</summary>
    public static JsonWriterOptions Readable { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is read from the whole body.</summary>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, T> read)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var part = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (!part.IsCompleted)
            {
                body.AdvanceTo(part.Buffer.Start, part.Buffer.End);
                continue;
            }
            var result = read(part.Buffer);
            body.AdvanceTo(part.Buffer.End);
            return result;
        }
    }

    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        if (!body.IsEmpty) context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary><c>{"error":"…"}</c></summary>
    public static Task WriteErrorAsync(HttpContext context, Refusal refusal)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, refusal.Message);
            json.WriteEndObject();
        }
        return WriteAsync(context, refusal.HttpStatus, buffer.WrittenMemory);
    }
}
