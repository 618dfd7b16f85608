using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Seldon.Functions.Models;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Merging;

/// <summary>
/// What must be equal in requests that share a call, as bytes: where they go, the headers of the call, and all of the body that is not rows. The trace, the
/// id and the source of each record are its own.
/// </summary>
internal static class MergeKey
{
    /// <summary>Requests with longer keys are alone.</summary>
    public const int MostBytes = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>The key, which is valid until this thread makes another one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rows">The same as rows.</param>
    /// <param name="target">The number of where it goes.</param>
    public static ReadOnlySpan<byte> Of(ModelRequest request, RowBody rows, int target)
    {
        var key = _buffer ??= new ArrayBufferWriter<byte>(1024);
        key.ResetWrittenCount();
        Write(key, target);
        var headers = request.Record.Headers;
        for (var i = 0; i < headers.Count; i++)
        {
            if (!IsShared(headers[i].Name)) continue;
            Write(key, Encoding.UTF8.GetByteCount(headers[i].Name));
            Encoding.UTF8.GetBytes(headers[i].Name, key);
            Write(key, headers[i].Value?.Length ?? -1);
            key.Write(headers[i].Value);
        }
        rows.WriteKey(key);
        return key.WrittenSpan;
    }

    /// <summary>The headers of a call that several records share.</summary>
    /// <param name="headers">Those of one of them.</param>
    /// <param name="jsonLength">How long the JSON part of the body is, if tensors follow; else 0.</param>
    public static IReadOnlyList<Header> HeadersOf(IReadOnlyList<Header> headers, int jsonLength)
    {
        var shared = new List<Header>(headers.Count);
        foreach (var header in headers)
        {
            if (IsShared(header.Name)) shared.Add(header);
        }
        if (jsonLength > 0) shared.Add(HeaderNames.Number(HeaderNames.InferenceHeaderContentLength, jsonLength));
        return shared;
    }

    /// <summary>Whether the header is the same in a call for several records, or the records have different calls.</summary>
    private static bool IsShared(string name) =>
        HeaderNames.Is(name, HeaderNames.ContentType)
        || (ForwardableHeaders.IsForwarded(name) && !HeaderNames.Is(name, HeaderNames.Source) && !HeaderNames.Is(name, HeaderNames.SourceTimestamp)
            && !HeaderNames.Is(name, HeaderNames.InferenceHeaderContentLength));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(ArrayBufferWriter<byte> key, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(key.GetSpan(sizeof(int)), number);
        key.Advance(sizeof(int));
    }
}

/// <summary>Compares keys by their bytes.</summary>
internal sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static KeyComparer Instance { get; } = new();

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return hash.ToHashCode();
    }
}
