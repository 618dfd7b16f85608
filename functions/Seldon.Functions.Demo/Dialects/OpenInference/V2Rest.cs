using Microsoft.AspNetCore.Http;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>
/// The model by the REST interface of the V2 protocol: <c>POST /v2/models/flowers[/versions/1]/infer</c>, and GET of
/// <c>/v2/health/live</c>, <c>/v2/health/ready</c> and <c>/v2/models/flowers[/versions/1]/ready</c>. Every failure is
/// <c>{"error":"…"}</c>.
/// </summary>
internal sealed class V2Rest(FlowerModel model)
{
    /// <summary>Of all paths.</summary>
    public const string Root = "/v2";

    public Task HandleAsync(HttpContext context) => context.Request.Path.Value!.Split('/') switch
    {
        ["", "v2", "health", "live" or "ready"] => AnswerGet(context, null),
        ["", "v2", "models", var name, "ready"] => AnswerGet(context, V2Model.Find(name, "")),
        ["", "v2", "models", var name, "versions", var version, "ready"] => AnswerGet(context, V2Model.Find(name, version)),
        ["", "v2", "models", var name, "infer"] => InferAsync(context, V2Model.Find(name, "")),
        ["", "v2", "models", var name, "versions", var version, "infer"] => InferAsync(context, V2Model.Find(name, version)),
        _ => RestMessage.WriteAsync(context, StatusCodes.Status404NotFound, default),
    };

    private async Task InferAsync(HttpContext context, Refusal? unknown)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await RestMessage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, default).ConfigureAwait(false);
            return;
        }
        var (request, problem) = unknown is null
            ? await RestMessage.ReadAsync(context, body => (V2Json.Read(body, out var problem), problem)).ConfigureAwait(false)
            : default;
        if (request is null)
        {
            await RestMessage.WriteErrorAsync(context, unknown ?? Refusal.Invalid(problem!)).ConfigureAwait(false);
            return;
        }
        var scores = await model.PredictAsync([.. request.Inputs[0].Contents.Fp32Contents], context.RequestAborted).ConfigureAwait(false);
        await RestMessage.WriteAsync(context, StatusCodes.Status200OK, V2Json.Write(request.Id, scores)).ConfigureAwait(false);
    }

    private static Task AnswerGet(HttpContext context, Refusal? unknown)
    {
        if (!HttpMethods.IsGet(context.Request.Method)) return RestMessage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, default);
        return unknown is null ? RestMessage.WriteAsync(context, StatusCodes.Status200OK, default) : RestMessage.WriteErrorAsync(context, unknown);
    }
}
