using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Standalone.OpenProtocols;

/// <summary>How a scripted server answers the questions of the protocols: yes to those that it speaks, and as such servers do to the others.</summary>
internal static class Speaking
{
    public static Reaction Only(params string[] protocols) => (context, call) =>
    {
        var path = call.Path;
        var speaks = protocols.Contains(path switch
        {
            "/health/status" or "/seldon.protos.Model/Metadata" => "seldon",
            "/v2/health/live" or "/inference.GRPCInferenceService/ServerLive" => "v2",
            _ => "tensorflow",
        });
        if (call.Path.StartsWith("/v1/", StringComparison.Ordinal) || path is "/health/status" or "/v2/health/live")
        {
            var found = path.StartsWith("/v1/", StringComparison.Ordinal) ? """{"model_version_status":[{"version":"1","state":"AVAILABLE"}]}""" : "{}";
            return (speaks ? Reactions.Http(200, found) : Reactions.Http(404, """{"detail":"Not Found"}"""))(context, call);
        }
        return (speaks ? Reactions.Frame([]) : Reactions.Grpc(12))(context, call);
    };

    /// <summary>Answers only who shows the token.</summary>
    public static Reaction OnlyTo(string token, Reaction reaction) => (context, call) =>
        call.Headers.GetValueOrDefault("authorization") == $"Bearer {token}" ? reaction(context, call)
        : call.Path.Contains("protos", StringComparison.Ordinal) || call.Path.Contains("Service", StringComparison.Ordinal) ? Reactions.Grpc(16)(context, call)
        : Reactions.Http(401, "who?", "text/plain")(context, call);

    public static (string, string?)[] Addresses(ScriptedModel model, Transport transport) => transport switch
    {
        Transport.Rest => [("MODEL_REST_URL", model.RestUrl), ("MODEL_GRPC_URL", null)],
        Transport.Grpc => [("MODEL_REST_URL", null), ("MODEL_GRPC_URL", model.GrpcUrl)],
        _ => [("MODEL_REST_URL", model.RestUrl), ("MODEL_GRPC_URL", model.GrpcUrl)],
    };
}
