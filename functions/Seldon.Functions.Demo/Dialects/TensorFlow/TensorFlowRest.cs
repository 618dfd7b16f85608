using System.Globalization;
using Microsoft.AspNetCore.Http;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>
/// The model by TensorFlow Serving's REST interface: <c>POST /v1/models/flowers[/versions/1]:predict</c> and
/// <c>GET /v1/models/flowers[/versions/1][/metadata]</c>. Every failure is <c>{"error":"…"}</c>.
/// </summary>
internal sealed class TensorFlowRest(FlowerModel model)
{
    /// <summary>Of all paths.</summary>
    public const string Root = "/v1";

    private const string Models = "/v1/models/";
    private const string Versions = "/versions/";
    private const string Labels = "/labels/";
    private const string Predict = ":predict";
    private const string OfMetadata = "/metadata";

    private static readonly ReadOnlyMemory<byte> Available =
        """{"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"""u8.ToArray();

    private static readonly ReadOnlyMemory<byte> Metadata =
        """{"model_spec":{"name":"flowers","signature_name":"","version":"1"},"metadata":{"signature_def":{"signature_def":{"serving_default":{"inputs":{"features":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"4","name":""}],"unknown_rank":false},"name":"features:0"}},"outputs":{"scores":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"3","name":""}],"unknown_rank":false},"name":"scores:0"}},"method_name":"tensorflow/serving/predict"}}}}}"""u8.ToArray();

    public Task HandleAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value!);
        var isPredict = HttpMethods.IsPost(method) && path.EndsWith(Predict, StringComparison.Ordinal);
        var isWellFormed = path.StartsWith(Models, StringComparison.Ordinal) && (isPredict || HttpMethods.IsGet(method));
        var isMetadata = !isPredict && path.EndsWith(OfMetadata, StringComparison.Ordinal) && path.Length > Models.Length + OfMetadata.Length;
        var selector = !isWellFormed ? ":" : path[Models.Length..(path.Length - (isPredict ? Predict.Length : isMetadata ? OfMetadata.Length : 0))];
        var refusal = selector.Contains(':', StringComparison.Ordinal) ? Refusal.Invalid($"Malformed request: {method} {path}") : Find(selector);
        if (refusal is not null) return RestMessage.WriteErrorAsync(context, refusal);
        return isPredict ? PredictAsync(context) : RestMessage.WriteAsync(context, StatusCodes.Status200OK, isMetadata ? Metadata : Available);
    }

    private async Task PredictAsync(HttpContext context)
    {
        var (features, problem) = await RestMessage.ReadAsync(context, body => (TensorFlowJson.Read(body, out var problem), problem)).ConfigureAwait(false);
        if (features is null)
        {
            await RestMessage.WriteErrorAsync(context, Refusal.Invalid(problem!)).ConfigureAwait(false);
            return;
        }
        var scores = await model.PredictAsync(features, context.RequestAborted).ConfigureAwait(false);
        await RestMessage.WriteAsync(context, StatusCodes.Status200OK, TensorFlowJson.WritePredictions(scores)).ConfigureAwait(false);
    }

    /// <summary>NAME, NAME/versions/N or NAME/labels/LABEL.</summary>
    private static Refusal? Find(string selector)
    {
        var slash = selector.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return TensorFlowModel.Find(selector, null, null, null);
        var name = selector[..slash];
        var rest = selector.AsSpan(slash);
        if (rest.StartsWith(Labels)) return TensorFlowModel.Find(name, null, rest[Labels.Length..].ToString(), null);
        return rest.StartsWith(Versions) && long.TryParse(rest[Versions.Length..], CultureInfo.InvariantCulture, out var version)
            ? TensorFlowModel.Find(name, version, null, null)
            : Refusal.Invalid($"Malformed request: {Models}{selector}");
    }
}
