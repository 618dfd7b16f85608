using System.Buffers;

namespace Seldon.Functions.Protocols;

/// <summary>How requests of several records share a call, and how its answer is divided among them. Each protocol has its own.</summary>
/// <param name="Request">Reads a request, whose JSON part is as long as the second argument says if binary tensors follow (else 0); null if it must be alone in a call.</param>
/// <param name="Answer">Reads an answer in the same way; null if it cannot be divided.</param>
internal sealed record RowFormat(Func<byte[], int, RowBody?> Request, Func<byte[], int, RowBody?> Answer);

/// <summary>Some rows of an answer.</summary>
/// <param name="Bytes">The body.</param>
/// <param name="JsonLength">How long its JSON part is, where binary tensors follow; else 0.</param>
internal readonly record struct SlicedBody(byte[] Bytes, int JsonLength = 0);

/// <summary>A request that was put together of others.</summary>
/// <param name="Bytes">The body, in an array of the shared pool: it may be returned when nobody reads it any more.</param>
/// <param name="JsonLength">How long its JSON part is, where binary tensors follow; else 0.</param>
internal readonly record struct MergedBody(ArraySegment<byte> Bytes, int JsonLength = 0);

/// <summary>
/// A request or an answer that consists of rows. It knows which bytes are the rows', which say how many rows there are, and which identify the
/// request; all others are the same for every request that may share a call. Bytes are copied; no number is parsed and written again.
/// </summary>
/// <param name="body">The bytes.</param>
/// <param name="rows">How many rows it has; at least one.</param>
internal abstract class RowBody(byte[] body, int rows)
{
    /// <summary>What a merged request has in the place of its records' own ids.</summary>
    public static ReadOnlySpan<byte> MergedId => "merged"u8;

    public byte[] Body => body;

    public int Rows => rows;

    /// <summary>The request's own id, as its body writes it; empty if it has none.</summary>
    public abstract ReadOnlySpan<byte> Id { get; }

    /// <summary>Whether <see cref="Slice"/> needs the id of the request that the slice answers.</summary>
    public abstract bool HasId { get; }

    /// <summary>An id as this body would write it.</summary>
    public abstract byte[] EncodeId(byte[] id);

    /// <summary>Writes all that must be equal in two requests that share a call.</summary>
    public abstract void WriteKey(IBufferWriter<byte> key);

    /// <summary>One request with the rows of all.</summary>
    /// <param name="all">This request and others with the same key.</param>
    public abstract MergedBody Merge(IReadOnlyList<RowBody> all);

    /// <summary>An answer with some of the rows of this one.</summary>
    public abstract SlicedBody Slice(int from, int count, ReadOnlySpan<byte> id);
}
