using Microsoft.AspNetCore.Http;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>
/// The model by the REST interface of the V2 protocol: <c>POST /v2/models/flowers[/versions/1]/infer</c>, and GET of
/// <c>/v2/health/live</c>, <c>/v2/health/ready</c>, <c>/v2/models/flowers[/versions/1]</c> and <c>/v2/models/flowers[/versions/1]/ready</c>. Every failure is
/// <c>{"error":"…"}</c>.
/// </summary>
internal sealed class V2Rest(FlowerModel model)
{
    /// <summary>Of all paths.</summary>
    public const string Root = "/v2";

    private static readonly ReadOnlyMemory<byte> Metadata =
        """{"name":"flowers","versions":["1"],"platform":"","inputs":[{"name":"features","datatype":"FP32","shape":[-1,4]}],"outputs":[{"name":"scores","datatype":"FP32","shape":[-1,3]}]}"""u8.ToArray();

    public Task HandleAsync(HttpContext context) => context.Request.Path.Value!.Split('/') switch
    {
        ["", "v2", "health", "live" or "ready"] => AnswerGet(context, null),
        ["", "v2", "models", var name] => AnswerGet(context, V2Model.Find(name, ""), Metadata),
        ["", "v2", "models", var name, "versions", var version] => AnswerGet(context, V2Model.Find(name, version), Metadata),
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

    private static Task AnswerGet(HttpContext context, Refusal? unknown, ReadOnlyMemory<byte> body = default)
    {
        if (!HttpMethods.IsGet(context.Request.Method)) return RestMessage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, default);
        return unknown is null ? RestMessage.WriteAsync(context, StatusCodes.Status200OK, body) : RestMessage.WriteErrorAsync(context, unknown);
    }
}
