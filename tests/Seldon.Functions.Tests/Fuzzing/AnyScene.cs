using System.Text;
using CsCheck;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Protocols;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Any records for an engine of any protocol and transport, and what its model does with the calls, whatever it be.</summary>
/// <param name="Protocol">The route's protocol.</param>
/// <param name="Transport">The route's transport.</param>
/// <param name="Records">The records.</param>
/// <param name="Script">What the model does with each call, by the call's number; then again from the first.</param>
/// <param name="Turns">For how long that goes on, unless all records are decided.</param>
/// <param name="IsCancelled">Whether the host gives up then; else the model is well again.</param>
internal sealed record AnyScene(string Protocol, Transport Transport, Record[] Records, (string Name, Reaction Reaction)[] Script, int Turns, bool IsCancelled)
{
    private static readonly string[] Names =
    [
        "proto-name", "Proto-Name", "seldon-puid", "seldon-model", "seldon-method", "content-type", "content-encoding", "inference-header-content-length", "content-length", "host", "te",
        "connection", "transfer-encoding", "grpc-timeout", "grpc-encoding", "authorization", "traceparent", "accept-encoding", "x-a", "x-a-bin", "", ":path", "a b", "\r\n", "é",
    ];

    private static readonly string[] ContentTypes = ["application/json", "application/grpc", "application/grpc+proto", "application/octet-stream", "text/html", "a/b;c", "none"];

    private static readonly byte[][] Bodies =
    [
        [], "{}"u8.ToArray(), "{"u8.ToArray(), "[]"u8.ToArray(), "{\"status\":{\"status\":\"FAILURE\",\"code\":500}}"u8.ToArray(), [0, 0, 0, 0, 0], [0, 0, 0, 0, 3, 0xc2, 0x3e, 0], [1, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 9, 1], [0xff, 0xff, 0xff, 0xff, 0xff], new byte[100_000],
    ];

    private static readonly Gen<byte[]> Bytes = Gen.Frequency((9, Gen.Byte.Array[0, 60]), (1, Gen.Int[0, 200_000].Select(n => new byte[n])));

    private static readonly Gen<byte[]?> Nullable = Gen.Frequency(
        (1, Gen.Const((byte[]?)null)),
        (4, Gen.OneOf("predict", "gzip", "identity", "0", "-1", "1S", "application/json", "trailers", " ", "").Select(s => (byte[]?)Encoding.UTF8.GetBytes(s))),
        (2, Gen.OneOf(RequestTypes.All.Keys.ToArray()).Select(s => (byte[]?)Encoding.UTF8.GetBytes(s))),
        (4, Bytes.Select(b => (byte[]?)b)));

    private static readonly Gen<Header> Header = Gen.Select(Gen.Frequency((5, Gen.OneOf(Names)), (1, Gen.String)), Nullable, (name, value) => new Header(name, value));

    private static readonly Gen<byte[]> Body = Gen.Frequency((4, Gen.OneOf(Bodies)), (1, Bytes));

    public static readonly Gen<(string Name, Reaction Reaction)> AnyReaction = Gen.Frequency<(string Name, Reaction Reaction)>(
        (3, Gen.Const(("answers", (Reaction)Reactions.Digest))),
        (3, Gen.Select(Gen.Int[200, 599], Body, Gen.OneOf(ContentTypes), (status, body, type) => ($"HTTP {status} {type} {Convert.ToHexString(body)}", Reactions.Http(status, body, type)))),
        (3, Gen.Select(Gen.Int[0, 20], Gen.String, (status, text) => ($"gRPC {status}", Reactions.Grpc(status, Uri.EscapeDataString(text))))),
        (3, Body.Select(body => ($"gRPC OK {Convert.ToHexString(body)}", Reactions.Raw(body)))),
        (1, Gen.Int[0, 14].Select(code => ($"reset {code}", ResetOrAbort(code)))),
        (1, Gen.Const(("abort", (Reaction)Reactions.Abort))),
        (1, Gen.Const(("hang", Reactions.Hang))),
        (1, Gen.Int[1, 100].Select(length => ($"half of {length}", Half(length)))));

    public static readonly Gen<AnyScene> Any = Gen.Select(Gen.OneOf("seldon", "tensorflow", "v2"), Gen.OneOf(Transport.Rest, Transport.Grpc, Transport.Auto)).SelectMany((protocol, transport) =>
        Gen.Select(AnyRecord(protocol).Array[1, 6], AnyReaction.Array[1, 8], Gen.Int[0, 30], Gen.Bool,
            (records, reactions, turns, isCancelled) => new AnyScene(protocol, transport, records, reactions, turns, isCancelled)));

    private static Gen<Record> AnyRecord(string protocol)
    {
        var types = RequestTypes.All.Values.Where(t => t.Protocol == protocol).ToArray();
        // Some of the records are requests, but for their other headers.
        var request = Gen.OneOf(types).Select(t => ((byte[]?)t.Good, (Header[])[new Header("proto-name", Encoding.UTF8.GetBytes(t.Name))]));
        var json = Gen.OneOf("{}", "{broken", "[]").Select(s => ((byte[]?)Encoding.UTF8.GetBytes(s), (Header[])[]));
        var any = Gen.Select(Gen.Frequency((1, Gen.Const((byte[]?)null)), (4, Bytes.Select(b => (byte[]?)b))), Gen.OneOf(types), (value, t) => (value, (Header[])[new Header("proto-name", Encoding.UTF8.GetBytes(t.Name))]));
        return Gen.Select(
            Gen.Frequency((3, request), (2, json), (2, any)), Header.Array[0, 5], Gen.Frequency((3, Gen.Const("in")), (1, Gen.String)), Gen.Int, Gen.Long, Gen.Long, Nullable,
            (request, headers, topic, partition, offset, timestamp, key) => new Record(topic, partition, offset, timestamp, key, request.Item1, [.. request.Item2, .. headers]));
    }

    /// <summary>HTTP/1.1 has no streams that could be reset.</summary>
    private static Reaction ResetOrAbort(int code) => (context, call) =>
        call.IsGrpc ? Reactions.Reset(code)(context, call) : Reactions.Abort(context, call);

    /// <summary>Promises twice as many bytes as come before the connection breaks.</summary>
    private static Reaction Half(int length) => async (context, call) =>
    {
        context.Response.ContentType = call.IsGrpc ? "application/grpc" : "application/json";
        context.Response.ContentLength = 2 * length;
        await context.Response.Body.WriteAsync(new byte[length], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Reactions.Abort(context, call);
    };
}
