using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Testing;

/// <summary>The things that a scripted model can do with a call.</summary>
internal static class Reactions
{
    /// <summary>ModelVersionStatus.State AVAILABLE.</summary>
    private const int Available = 30;

    /// <summary>Answers with the SHA-256 of the body and of the headers, in the transport's own form.</summary>
    public static Task Digest(HttpContext context, Call call) =>
        call.IsGrpc ? Frame(DigestMessage(call))(context, call) : Http(200, DigestJson(call))(context, call);

    /// <summary>Readiness: the model is available.</summary>
    public static Task Ready(HttpContext context, Call call) => State("AVAILABLE", Available)(context, call);

    /// <summary>Readiness: the model is being loaded.</summary>
    public static Task NotReady(HttpContext context, Call call) => State("LOADING", 20)(context, call);

    public static Reaction Http(int status, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        Http(status, Encoding.UTF8.GetBytes(body), contentType, headers);

    public static Reaction Http(int status, byte[] body, string contentType, params (string Name, string Value)[] headers) => async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    };

    /// <summary>A gRPC status without a message. The detail is percent-encoded, as the protocol has it.</summary>
    public static Reaction Grpc(int status, string detail = "") => (context, _) =>
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(detail);
        return Task.CompletedTask;
    };

    /// <summary>A gRPC message and status 0.</summary>
    public static Reaction Frame(byte[] message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame, 5);
        return Raw(frame);
    }

    /// <summary>Any bytes where the gRPC frame should be, and status 0.</summary>
    public static Reaction Raw(byte[] bytes) => async (context, _) =>
    {
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    };

    /// <summary>Says nothing until it is released or the client gives up, then answers.</summary>
    public static Reaction HangUntil(Task released) => After(released, Digest);

    /// <summary>Says nothing until it is released or the client gives up, and then does this.</summary>
    public static Reaction After(Task released, Reaction next) => async (context, call) =>
    {
        await released.WaitAsync(context.RequestAborted);
        await next(context, call);
    };

    /// <summary>Says that the record is at fault.</summary>
    public static Reaction Refuse { get; } = Fault(400, 3);

    /// <summary>Fails without saying whose fault it is.</summary>
    public static Reaction Fail { get; } = Fault(500, 13);

    /// <summary>Says that the server is out.</summary>
    public static Reaction Out { get; } = Fault(503, 14);

    /// <summary>Answers after a while.</summary>
    public static Reaction AnswerAfter(TimeSpan delay) => async (context, call) =>
    {
        await Task.Delay(delay, TimeProvider.System, context.RequestAborted);
        await Digest(context, call);
    };

    /// <summary>Says nothing until the client gives up.</summary>
    public static Reaction Hang => HangUntil(new TaskCompletionSource().Task);

    /// <summary>Breaks the whole connection, and with it every call that shares it.</summary>
    public static Task Abort(HttpContext context, Call call)
    {
        context.Features.Get<IConnectionLifetimeFeature>()!.Abort();
        return new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
    }

    /// <summary>Resets the call's own HTTP/2 stream.</summary>
    public static Reaction Reset(int errorCode) => (context, _) =>
    {
        context.Features.Get<IHttpResetFeature>()!.Reset(errorCode);
        return Task.CompletedTask;
    };

    public static string DigestJson(Call call) =>
        $$"""{"body":"{{Convert.ToHexStringLower(SHA256.HashData(call.Body))}}","headers":"{{Convert.ToHexStringLower(HashOfHeaders(call))}}"}""";

    /// <summary>In the protocol's own message.</summary>
    public static byte[] DigestMessage(Call call) => call.Path switch
    {
        _ when call.Path.StartsWith("/seldon", StringComparison.Ordinal) => new SeldonMessage { StrData = DigestJson(call) }.ToByteArray(),
        _ when call.Path.StartsWith("/inference", StringComparison.Ordinal) => new ModelInferResponse { ModelName = "m", Id = DigestJson(call) }.ToByteArray(),
        _ => TensorFlowDigest(call),
    };

    /// <summary>A status in the call's own transport.</summary>
    private static Reaction Fault(int http, int grpc)
    {
        var (overRest, overGrpc) = (Http(http, "{}"), Grpc(grpc));
        return (context, call) => (call.IsGrpc ? overGrpc : overRest)(context, call);
    }

    private static byte[] TensorFlowDigest(Call call) => new PredictResponse
    {
        Outputs =
        {
            ["body"] = new Tensor { Dtype = 7, TensorContent = ByteString.CopyFrom(SHA256.HashData(call.Body)) },
            ["headers"] = new Tensor { Dtype = 7, TensorContent = ByteString.CopyFrom(HashOfHeaders(call)) },
        },
        ModelSpec = new ModelSpec { Name = "m" },
    }.ToByteArray();

    /// <summary>In the words of the protocol whose readiness call it is.</summary>
    private static Reaction State(string json, int number) => (context, call) => call.Path switch
    {
        _ when call.Path.EndsWith("/GetModelStatus", StringComparison.Ordinal) =>
            Frame(new GetModelStatusResponse { ModelVersionStatus = { new ModelVersionStatus { Version = 1, State = number } } }.ToByteArray())(context, call),
        _ when call.Path.EndsWith("/ModelReady", StringComparison.Ordinal) => Frame(new ModelReadyResponse { Ready = number == Available }.ToByteArray())(context, call),
        _ when call.IsGrpc => number == Available ? Frame([])(context, call) : Grpc(14)(context, call),
        _ when call.Path.Contains("/v1/models/", StringComparison.Ordinal) => Http(200, $$"""{"model_version_status":[{"version":"1","state":"{{json}}"}]}""")(context, call),
        _ => Http(number == Available ? 200 : 503, "")(context, call),
    };

    // The deadline's header differs with every call.
    private static byte[] HashOfHeaders(Call call) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', call.Headers
        .Where(h => h.Key != "grpc-timeout").OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key}: {h.Value}"))));
}
