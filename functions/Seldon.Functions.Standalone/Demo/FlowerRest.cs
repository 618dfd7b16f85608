using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>
/// The model over REST: <c>POST /v1/models/flowers[/versions/1]:predict</c> and <c>GET /v1/models/flowers[/versions/1]</c>.
/// Every failure is <c>{"error":"…"}</c>.
/// </summary>
internal sealed class FlowerRest(FlowerModel model)
{
    public const string Root = "/v1";
    private const string Models = "/v1/models/";
    private const string Versions = "/versions/";
    private const string Labels = "/labels/";
    private const string Predict = ":predict";

    // Quotation marks in an error's text need no \u0027 where no web page shows it.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly ReadOnlyMemory<byte> Available =
        """{"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"""u8.ToArray();

    public Task HandleAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value!);
        var isPredict = HttpMethods.IsPost(method) && path.EndsWith(Predict, StringComparison.Ordinal);
        var isWellFormed = path.StartsWith(Models, StringComparison.Ordinal) && (isPredict || HttpMethods.IsGet(method));
        var selector = !isWellFormed ? ":" : isPredict ? path[Models.Length..^Predict.Length] : path[Models.Length..];
        var refusal = selector.Contains(':', StringComparison.Ordinal)
            ? new Refusal(StatusCode.InvalidArgument, $"Malformed request: {method} {path}")
            : Find(selector);
        if (refusal is not null) return RefuseAsync(context, refusal);
        return isPredict ? PredictAsync(context) : WriteAsync(context, StatusCodes.Status200OK, Available);
    }

    private async Task PredictAsync(HttpContext context)
    {
        var (features, problem) = await ReadAsync(context.Request.BodyReader, context.RequestAborted).ConfigureAwait(false);
        if (features is null)
        {
            await RefuseAsync(context, new(StatusCode.InvalidArgument, problem!)).ConfigureAwait(false);
            return;
        }
        var scores = await model.PredictAsync(features, context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, StatusCodes.Status200OK, FlowerJson.WritePredictions(scores)).ConfigureAwait(false);
    }

    /// <summary>NAME, NAME/versions/N or NAME/labels/LABEL.</summary>
    private static Refusal? Find(string selector)
    {
        var slash = selector.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return FlowerModel.Find(selector, null, null, null);
        var name = selector[..slash];
        var rest = selector.AsSpan(slash);
        if (rest.StartsWith(Labels)) return FlowerModel.Find(name, null, rest[Labels.Length..].ToString(), null);
        return rest.StartsWith(Versions) && long.TryParse(rest[Versions.Length..], System.Globalization.CultureInfo.InvariantCulture, out var version)
            ? FlowerModel.Find(name, version, null, null)
            : new(StatusCode.InvalidArgument, $"Malformed request: {Models}{selector}");
    }

    private static async ValueTask<(float[]? Features, string? Problem)> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            var features = FlowerJson.Read(read.Buffer, out var problem);
            body.AdvanceTo(read.Buffer.End);
            return (features, problem);
        }
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, refusal.Message);
            json.WriteEndObject();
        }
        var status = refusal.Status == StatusCode.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;
        return WriteAsync(context, status, buffer.WrittenMemory);
    }

    private static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
