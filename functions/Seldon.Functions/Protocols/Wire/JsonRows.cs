using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>What a cut of a JSON body is.</summary>
internal enum CutKind : byte
{
    /// <summary>The inside of an array, with as many elements for each row as the cut says.</summary>
    Rows,

    /// <summary>The number of rows.</summary>
    Count,

    /// <summary>The request's id, a string with its quotes.</summary>
    Id,

    /// <summary>The length of a tensor behind the JSON: the first of them for the first such tensor, and so on.</summary>
    TensorLength,

    /// <summary>A tensor behind the JSON, with as many bytes for each row as the cut says.</summary>
    Tensor,

    /// <summary>A tensor behind the JSON whose elements each have their length before them, with as many elements for each row as the cut says.</summary>
    Framed,
}

/// <summary>A place in a body that differs between requests that may share a call.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="PerRow">How many elements or bytes belong to a row.</param>
/// <param name="Shape">The kind of the elements; see <see cref="JsonShape"/>.</param>
internal readonly record struct Cut(CutKind Kind, int Start, int End, int PerRow = 1, ulong Shape = 0)
{
    public int Length => End - Start;
}

/// <summary>A JSON body that consists of rows; binary tensors may follow the JSON.</summary>
/// <param name="body">The bytes.</param>
/// <param name="rows">How many rows it has.</param>
/// <param name="cuts">Where it differs from others, in order.</param>
/// <param name="hasTensors">Whether the body is more than JSON.</param>
internal sealed class JsonRows(byte[] body, int rows, Cut[] cuts, bool hasTensors = false) : RowBody(body, rows)
{
    /// <summary>Where each row begins and ends, for each cut that has rows; made when the first slice is asked for.</summary>
    private Range[]?[]? _places;

    public override ReadOnlySpan<byte> Id => Array.Find(cuts, c => c.Kind == CutKind.Id) is { Length: > 0 } id ? Body.AsSpan(id.Start, id.Length) : default;

    public override bool HasId => Array.Exists(cuts, c => c.Kind == CutKind.Id);

    public override byte[] EncodeId(byte[] id) => Quote(Encoding.UTF8.GetString(id));

    public override void WriteKey(IBufferWriter<byte> key)
    {
        var at = 0;
        foreach (var cut in cuts)
        {
            key.Write(Body.AsSpan(at, cut.Start - at));
            var mark = key.GetSpan(13);
            mark[0] = (byte)cut.Kind;
            BinaryPrimitives.WriteInt32LittleEndian(mark[1..], cut.PerRow);
            BinaryPrimitives.WriteUInt64LittleEndian(mark[5..], cut.Shape);
            key.Advance(13);
            at = cut.End;
        }
        key.Write(Body.AsSpan(at));
    }

    public override MergedBody Merge(IReadOnlyList<RowBody> all)
    {
        var (total, bytes) = (0, 0);
        foreach (var one in all) (total, bytes) = (total + one.Rows, bytes + one.Body.Length);
        var splice = new Splice(bytes + all.Count + (16 * cuts.Length));
        var (at, json, tensor) = (0, 0, 0);
        for (var i = 0; i < cuts.Length; i++)
        {
            var cut = cuts[i];
            splice.Write(Body.AsSpan(at, cut.Start - at));
            at = cut.End;
            switch (cut.Kind)
            {
                case CutKind.Count:
                    splice.Write(total);
                    break;

                case CutKind.Id:
                    splice.Write("\""u8);
                    splice.Write(MergedId);
                    splice.Write("\""u8);
                    break;

                case CutKind.TensorLength:
                    var which = TensorAt(tensor++);
                    var length = 0;
                    foreach (var one in all) length += ((JsonRows)one).CutAt(which).Length;
                    splice.Write(length);
                    break;

                default:
                    if (cut.Kind != CutKind.Rows && json == 0) json = splice.Length;
                    for (var n = 0; n < all.Count; n++)
                    {
                        if (n > 0 && cut.Kind == CutKind.Rows && cut.PerRow > 0) splice.Write(","u8);
                        var other = ((JsonRows)all[n]).CutAt(i);
                        splice.Write(all[n].Body.AsSpan(other.Start, other.Length));
                    }
                    break;
            }
        }
        splice.Write(Body.AsSpan(at));
        return new MergedBody(splice.Take(), hasTensors ? (json == 0 ? splice.Length : json) : 0);
    }

    public override SlicedBody Slice(int from, int count, ReadOnlySpan<byte> id)
    {
        var splice = new Splice(Body.Length + id.Length + (16 * cuts.Length));
        var (at, json, tensor) = (0, 0, 0);
        for (var i = 0; i < cuts.Length; i++)
        {
            var cut = cuts[i];
            splice.Write(Body.AsSpan(at, cut.Start - at));
            at = cut.End;
            if (cut.Kind == CutKind.Count) splice.Write(count);
            else if (cut.Kind == CutKind.Id) splice.Write(id);
            else if (cut.Kind == CutKind.TensorLength) splice.Write(Place(TensorAt(tensor++), from, count).Length);
            else
            {
                if (cut.Kind >= CutKind.Tensor && json == 0) json = splice.Length;
                splice.Write(Place(i, from, count));
            }
        }
        splice.Write(Body.AsSpan(at));
        return new SlicedBody(splice.ToArray(), hasTensors ? (json == 0 ? splice.Length : json) : 0);
    }

    private static byte[] Quote(string text) => Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\"");

    private Cut CutAt(int index) => cuts[index];

    /// <summary>The index of the n-th tensor behind the JSON.</summary>
    private int TensorAt(int n)
    {
        for (var i = 0; ; i++)
        {
            if (cuts[i].Kind >= CutKind.Tensor && n-- == 0) return i;
        }
    }

    /// <summary>The bytes of some rows of a cut.</summary>
    private ReadOnlySpan<byte> Place(int index, int from, int count)
    {
        var cut = cuts[index];
        if (cut.PerRow == 0 || count == 0) return default;
        if (cut.Kind == CutKind.Tensor) return Body.AsSpan(cut.Start + (from * cut.PerRow), count * cut.PerRow);
        var places = (_places ??= new Range[]?[cuts.Length])[index] ??= cut.Kind == CutKind.Framed ? FramesOf(cut) : ElementsOf(cut);
        return Body.AsSpan()[places[from].Start..places[from + count - 1].End];
    }

    private Range[] ElementsOf(Cut cut)
    {
        var places = new Range[Rows];
        var cursor = new JsonCursor(Body, cut.Start);
        var areWhole = true;
        for (var row = 0; row < Rows; row++)
        {
            var isLast = row == Rows - 1;
            for (var i = 0; i < cut.PerRow; i++)
            {
                cursor.SkipSpace();
                areWhole &= cursor.TryPassValue(out var element);
                places[row] = (i == 0 ? element.Start : places[row].Start)..element.End;
                areWhole &= cursor.TrySkip(isLast && i == cut.PerRow - 1 ? (byte)']' : (byte)',');
            }
        }
        if (!areWhole) throw new InvalidDataException("The elements of an array are not separated by commas.");
        return places;
    }

    private Range[] FramesOf(Cut cut)
    {
        var places = new Range[Rows];
        var at = cut.Start;
        for (var row = 0; row < Rows; row++)
        {
            var start = at;
            for (var i = 0; i < cut.PerRow; i++) at += sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(Body.AsSpan(at));
            places[row] = start..at;
        }
        return places;
    }
}
