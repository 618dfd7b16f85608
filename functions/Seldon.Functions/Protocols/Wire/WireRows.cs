using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>What a piece of a protobuf body is.</summary>
internal enum PieceKind : byte
{
    /// <summary>Bytes that are the same in all requests that may share a call.</summary>
    Same,

    /// <summary>A length-delimited field begins, whose contents are the pieces up to <see cref="Close"/>; its number is the piece's argument.</summary>
    Open,

    /// <summary>It ends.</summary>
    Close,

    /// <summary>The number of rows, as a varint.</summary>
    Count,

    /// <summary>The request's id.</summary>
    Id,

    /// <summary>Values of a fixed length; the argument is how many bytes belong to a row.</summary>
    Fixed,

    /// <summary>Varints; the argument is how many belong to a row.</summary>
    Varints,

    /// <summary>Whole length-delimited fields; the argument is how many belong to a row.</summary>
    Fields,

    /// <summary>Elements with a length of four bytes before each; the argument is how many belong to a row.</summary>
    Framed,
}

/// <summary>A piece of a body.</summary>
/// <param name="Start">Where its bytes begin.</param>
/// <param name="End">Where they end.</param>
/// <param name="Packed">Its kind in the low four bits, its argument in the others.</param>
internal readonly record struct Piece(int Start, int End, uint Packed)
{
    public const int MostArgument = (1 << 28) - 1;

    public PieceKind Kind => (PieceKind)(Packed & 15);

    public int Argument => (int)(Packed >> 4);

    public int Length => End - Start;
}

/// <summary>A protobuf message that consists of rows.</summary>
/// <param name="body">The bytes.</param>
/// <param name="rows">How many rows it has.</param>
/// <param name="pieces">What it is put together of.</param>
/// <param name="kind">The shape of its rows, where the pieces do not tell it.</param>
internal sealed class WireRows(byte[] body, int rows, Piece[] pieces, ulong kind) : RowBody(body, rows)
{
    private const int MostDepth = 16;

    // Where each row begins, and the last one ends, for each piece whose rows differ in length; made when the first slice is asked for.
    private int[]?[]? _places;

    public override ReadOnlySpan<byte> Id => Array.Find(pieces, p => p.Kind == PieceKind.Id) is { Length: > 0 } id ? Body.AsSpan(id.Start, id.Length) : default;

    public override bool HasId => Array.Exists(pieces, p => p.Kind == PieceKind.Id);

    public override byte[] EncodeId(byte[] id) => id;

    public override void WriteKey(IBufferWriter<byte> key)
    {
        var shape = key.GetSpan(sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(shape, kind);
        key.Advance(sizeof(ulong));
        foreach (var piece in pieces)
        {
            var mark = key.GetSpan(sizeof(uint));
            BinaryPrimitives.WriteUInt32LittleEndian(mark, piece.Packed);
            key.Advance(sizeof(uint));
            if (piece.Kind != PieceKind.Same) continue;
            // Its length keeps what follows apart.
            BinaryPrimitives.WriteInt32LittleEndian(key.GetSpan(sizeof(int)), piece.Length);
            key.Advance(sizeof(int));
            key.Write(Body.AsSpan(piece.Start, piece.Length));
        }
    }

    public override MergedBody Merge(IReadOnlyList<RowBody> all)
    {
        var (total, bytes) = (0, 0);
        foreach (var one in all) (total, bytes) = (total + one.Rows, bytes + one.Body.Length);
        return new MergedBody(Write(bytes, total, MergedId, all, 0));
    }

    public override SlicedBody Slice(int from, int count, ReadOnlySpan<byte> id)
    {
        var written = Write(Body.Length + id.Length, count, id, null, from);
        var slice = written.AsSpan().ToArray();
        ArrayPool<byte>.Shared.Return(written.Array!);
        return new SlicedBody(slice);
    }

    /// <summary>From the end to the beginning, so that each length is known when its field begins.</summary>
    private ArraySegment<byte> Write(int most, int count, ReadOnlySpan<byte> id, IReadOnlyList<RowBody>? all, int from)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(most + MergedId.Length + (16 * pieces.Length));
        var at = buffer.Length;
        Span<int> ends = stackalloc int[MostDepth];
        var depth = 0;
        for (var i = pieces.Length - 1; i >= 0; i--)
        {
            var piece = pieces[i];
            switch (piece.Kind)
            {
                case PieceKind.Close:
                    ends[depth++] = at;
                    break;

                case PieceKind.Open:
                    PutVarint(buffer, ref at, (ulong)(ends[--depth] - at));
                    PutVarint(buffer, ref at, ((ulong)piece.Argument << 3) | WireReader.LengthDelimited);
                    break;

                case PieceKind.Same:
                    Put(buffer, ref at, Body.AsSpan(piece.Start, piece.Length));
                    break;

                case PieceKind.Count:
                    PutVarint(buffer, ref at, (ulong)count);
                    break;

                case PieceKind.Id:
                    Put(buffer, ref at, id);
                    break;

                default:
                    if (all is null) Put(buffer, ref at, Place(i, from, count));
                    for (var n = (all?.Count ?? 0) - 1; n >= 0; n--) ((WireRows)all![n]).PutPiece(i, buffer, ref at);
                    break;
            }
        }
        return new ArraySegment<byte>(buffer, at, buffer.Length - at);
    }

    private void PutPiece(int index, byte[] buffer, ref int at) => Put(buffer, ref at, Body.AsSpan(pieces[index].Start, pieces[index].Length));

    private static void Put(byte[] buffer, ref int at, ReadOnlySpan<byte> bytes)
    {
        at -= bytes.Length;
        bytes.CopyTo(buffer.AsSpan(at));
    }

    private static void PutVarint(byte[] buffer, ref int at, ulong value)
    {
        var length = 1;
        for (var rest = value >> 7; rest > 0; rest >>= 7) length++;
        at -= length;
        for (var i = 0; i < length; i++, value >>= 7) buffer[at + i] = (byte)(i < length - 1 ? value | 0x80 : value & 0x7f);
    }

    /// <summary>The bytes of some rows of a piece.</summary>
    private ReadOnlySpan<byte> Place(int index, int from, int count)
    {
        var piece = pieces[index];
        if (piece.Kind == PieceKind.Fixed) return Body.AsSpan(piece.Start + (from * piece.Argument), count * piece.Argument);
        var places = (_places ??= new int[]?[pieces.Length])[index] ??= PlacesOf(piece);
        return Body.AsSpan()[places[from]..places[from + count]];
    }

    private int[] PlacesOf(Piece piece)
    {
        var places = new int[Rows + 1];
        var reader = new WireReader(Body.AsSpan(piece.Start, piece.Length));
        var framed = piece.Start;
        for (var row = 0; row < Rows; row++)
        {
            places[row] = piece.Kind == PieceKind.Framed ? framed : piece.End - reader.Remaining;
            for (var i = 0; i < piece.Argument; i++)
            {
                if (piece.Kind == PieceKind.Framed) framed += sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(Body.AsSpan(framed));
                else if (piece.Kind == PieceKind.Varints) reader.TryReadVarint(out _);
                else if (reader.TryReadTag(out _, out var type)) reader.TrySkip(type);
            }
        }
        places[Rows] = piece.End;
        return places;
    }
}

/// <summary>Collects the pieces of a protobuf body while it is read. All its tensors must have equally many rows.</summary>
/// <param name="body">The bytes.</param>
internal ref struct WirePieces(byte[] body)
{
    private readonly List<Piece> _pieces = Scratch<Piece>.Take();
    private ulong _kind;

    public byte[] Body => body;

    /// <summary>How many rows have been found; 0 before the first.</summary>
    public int Rows { get; private set; }

    public readonly void Same(int start, int end)
    {
        if (start == end) return;
        var all = CollectionsMarshal.AsSpan(_pieces);
        if (all.Length > 0 && all[^1].Kind == PieceKind.Same && all[^1].End == start) all[^1] = all[^1] with { End = end };
        else Add(PieceKind.Same, 0, start, end);
    }

    public readonly void Same(WireField field) => Same(field.Start, field.End);

    public readonly void Open(int field) => Add(PieceKind.Open, field);

    public readonly void Close() => Add(PieceKind.Close, 0);

    public readonly void Count() => Add(PieceKind.Count, 0);

    public readonly void Id(WireField field)
    {
        Open(field.Number);
        Add(PieceKind.Id, 0, field.Value, field.End);
        Close();
    }

    /// <summary>The shape of rows where pieces do not tell it.</summary>
    public void Kind(ulong kind) => _kind = (_kind * 31) + kind;

    /// <summary>How many rows a tensor has.</summary>
    public bool TryCount(int rows)
    {
        if (rows < 1 || (Rows > 0 && Rows != rows)) return false;
        Rows = rows;
        return true;
    }

    /// <summary>A field with values of a fixed length, all of one run.</summary>
    public readonly bool TryFixed(WireField field, long bytesPerRow)
    {
        if (!field.IsDelimited || bytesPerRow > Piece.MostArgument || bytesPerRow * Rows != field.Length) return false;
        Open(field.Number);
        Add(PieceKind.Fixed, (int)bytesPerRow, field.Value, field.End);
        Close();
        return true;
    }

    /// <summary>A field with varints, all of one run.</summary>
    public readonly bool TryVarints(WireField field, long perRow)
    {
        if (!field.IsDelimited || perRow > Piece.MostArgument || WireReader.CountVarints(body.AsSpan(field.Value, field.Length)) != perRow * Rows) return false;
        Open(field.Number);
        Add(PieceKind.Varints, (int)perRow, field.Value, field.End);
        Close();
        return true;
    }

    /// <summary>A field whose elements each have their length before them.</summary>
    public readonly bool TryFramed(WireField field, long perRow)
    {
        if (!field.IsDelimited || perRow > Piece.MostArgument) return false;
        Open(field.Number);
        Add(PieceKind.Framed, (int)perRow, field.Value, field.End);
        Close();
        return true;
    }

    /// <summary>Fields of the same number that follow each other.</summary>
    public readonly bool TryFields(int start, int end, int count, long perRow)
    {
        if (perRow > Piece.MostArgument || perRow * Rows != count) return false;
        Add(PieceKind.Fields, (int)perRow, start, end);
        return true;
    }

    /// <summary>The body, unless nothing in it has rows.</summary>
    public readonly RowBody? ToBody() => Rows == 0 ? null : new WireRows(body, Rows, [.. _pieces], _kind);

    private readonly void Add(PieceKind kind, int argument, int start = 0, int end = 0) => _pieces.Add(new Piece(start, end, (uint)kind | ((uint)argument << 4)));
}
