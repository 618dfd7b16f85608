namespace Seldon.Functions.Protocols.Wire;

/// <summary>Collects the cuts of a JSON body while it is read. All its arrays of rows must have equally many of them.</summary>
/// <param name="body">The bytes.</param>
/// <param name="jsonLength">How many of them are JSON.</param>
/// <param name="isRequest">Whether the kinds of rows matter: rows of different shapes cannot be in one request, and an answer is what it is.</param>
internal ref struct JsonCuts(byte[] body, int jsonLength, bool isRequest)
{
    private readonly List<Cut> _cuts = Scratch<Cut>.Take();

    /// <summary>The JSON.</summary>
    public ReadOnlySpan<byte> Json { get; } = body.AsSpan(0, jsonLength);

    /// <summary>How many rows have been found; 0 before the first.</summary>
    public int Rows { get; private set; }

    /// <summary>Whether a name can be compared as it is, without unescaping.</summary>
    public readonly bool IsPlain(Range name) => !Json[name].Contains((byte)'\\');

    public readonly bool Is(Range at, ReadOnlySpan<byte> text) => Json[at].SequenceEqual(text);

    public readonly bool IsArray(Range value) => Json[value.Start.Value] == (byte)'[';

    public readonly bool IsObject(Range value) => Json[value.Start.Value] == (byte)'{';

    public readonly bool IsString(Range value) => Json[value.Start.Value] == (byte)'"';

    /// <summary>An array with an element for each row.</summary>
    public bool TryAddRows(Range value)
    {
        if (!IsArray(value) || !new JsonShape(Json, value.Start.Value).TryRead(out var count, out var kind)) return false;
        if (isRequest && kind == JsonShape.Ragged) return false;
        return TryCount(count) && TryAdd(new Cut(CutKind.Rows, 0, 0, 1, isRequest ? kind : 0), value);
    }

    /// <summary>
    /// An array with the elements of a tensor of this shape: nested as the shape says, or all in a row.
    /// </summary>
    /// <param name="perRow">The product of the shape without the first dimension.</param>
    /// <param name="dimensions">How many dimensions the shape has.</param>
    public bool TryAddElements(Range value, int rows, int perRow, int dimensions)
    {
        if (!IsArray(value) || !new JsonShape(Json, value.Start.Value).TryRead(out var count, out var kind)) return false;
        if (!TryCount(rows) || (isRequest && kind == JsonShape.Ragged && count > 0)) return false;
        var isNested = count > 0 && dimensions > 1 && FirstIsArray(value);
        if (isNested ? count != rows : count != (long)rows * perRow) return false;
        return TryAdd(new Cut(CutKind.Rows, 0, 0, isNested ? 1 : perRow, isRequest ? kind : 0), value);
    }

    /// <summary>A whole number that says how many rows there are.</summary>
    public bool TryAddCount(Range number, out int rows)
    {
        if (!System.Buffers.Text.Utf8Parser.TryParse(Json[number], out rows, out var read) || read != Json[number].Length || rows < 1) return false;
        _cuts.Add(new Cut(CutKind.Count, number.Start.Value, number.End.Value));
        return TryCount(rows);
    }

    public readonly void AddId(Range value) => _cuts.Add(new Cut(CutKind.Id, value.Start.Value, value.End.Value));

    public readonly void AddTensorLength(Range number) => _cuts.Add(new Cut(CutKind.TensorLength, number.Start.Value, number.End.Value));

    /// <summary>A tensor behind the JSON.</summary>
    public readonly void AddTensor(bool isFramed, int start, int end, int perRow) => _cuts.Add(new Cut(isFramed ? CutKind.Framed : CutKind.Tensor, start, end, perRow));

    /// <summary>The whole number there; null if it is none.</summary>
    public readonly int? NumberAt(Range value) =>
        System.Buffers.Text.Utf8Parser.TryParse(Json[value], out int number, out var read) && read == Json[value].Length && number >= 0 ? number : null;

    /// <summary>The body, unless nothing in it has rows.</summary>
    public readonly RowBody? ToBody(bool hasTensors = false)
    {
        if (Rows == 0) return null;
        _cuts.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return new JsonRows(body, Rows, [.. _cuts], hasTensors);
    }

    /// <summary>Whether nothing but white space follows the object.</summary>
    public readonly bool EndsAt(int? closingBrace) => closingBrace is { } end && Json[(end + 1)..].IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private bool TryCount(int rows)
    {
        if (rows < 1 || (Rows > 0 && Rows != rows)) return false;
        Rows = rows;
        return true;
    }

    private readonly bool FirstIsArray(Range value)
    {
        var cursor = new JsonCursor(Json, value.Start.Value + 1);
        cursor.SkipSpace();
        return cursor.Here == (byte)'[';
    }

    /// <summary>The cut for the inside of an array, white space at its ends left out.</summary>
    private readonly bool TryAdd(Cut cut, Range value)
    {
        var inside = (value.Start.Value + 1)..(value.End.Value - 1);
        var start = inside.Start.Value + (Json[inside].Length - Json[inside].TrimStart(" \t\r\n"u8).Length);
        _cuts.Add(cut with { Start = start, End = Math.Max(start, inside.End.Value - (Json[inside].Length - Json[inside].TrimEnd(" \t\r\n"u8).Length)) });
        return true;
    }
}
