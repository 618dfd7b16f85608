using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Seldon.Functions.Testing;

/// <summary>What the scripted model does with a call.</summary>
internal delegate Task Reaction(HttpContext context, Call call);

/// <summary>One call as it arrived at the scripted model.</summary>
/// <param name="Path">The path it was sent to.</param>
/// <param name="IsGrpc">Whether it came over the gRPC port.</param>
/// <param name="Headers">All headers, by name in lower case.</param>
/// <param name="Body">The body; for gRPC, the message without its frame.</param>
/// <param name="Attempt">How many calls of the same record there were, this one included.</param>
/// <param name="IsCompressed">Whether the body is compressed with gzip.</param>
internal sealed record Call(string Path, bool IsGrpc, IReadOnlyDictionary<string, string> Headers, byte[] Body, int Attempt, bool IsCompressed)
{
    /// <summary>The record's id, by which calls are told apart.</summary>
    public string Puid => Headers.GetValueOrDefault("seldon-puid", "");

    /// <summary>Whether the body contains the text.</summary>
    public bool Says(string text) => Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    public static async Task<Call> ReadAsync(HttpContext context, bool isGrpc, Func<string, int> attempt)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.ToArray();
        var headers = context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        var isCompressed = !isGrpc && headers.GetValueOrDefault("content-encoding") == "gzip";
        if (isGrpc)
        {
            // One frame: a byte for the compression, four for the length.
            if (body.Length < 5 || BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) != body.Length - 5)
                throw new InvalidDataException("The request is not one gRPC frame.");
            (isCompressed, body) = (body[0] == 1, body[5..]);
        }
        return new Call(
            context.Request.Path.Value!, isGrpc, headers, body, attempt(headers.GetValueOrDefault("seldon-puid", "")), isCompressed);
    }

    /// <summary>The body without its compression.</summary>
    public byte[] Decompressed()
    {
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(Body), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
