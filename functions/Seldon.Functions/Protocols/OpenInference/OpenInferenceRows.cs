using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// The rows of ModelInferRequest and ModelInferResponse: the first dimension of every tensor, whose elements are in its contents or, for all
/// tensors, in raw contents.
/// </summary>
internal static class OpenInferenceRows
{
    /// <summary>Requests with more tensors are alone.</summary>
    private const int MostTensors = 256;

    public static RowFormat Infer { get; } = new(static (body, _) => Read(body, raw: 7), static (body, _) => Read(body, raw: 6));

    private static RowBody? Read(byte[] body, int raw)
    {
        var isRequest = raw == 7;
        var pieces = new WirePieces(body);
        var (ids, tensors, raws) = (0, 0, 0);
        var fields = new WireFields(body);
        while (fields.TryNext(out var field))
        {
            if (field.Number == 5) tensors++;
            else if (field.Number == raw) raws++;
            else if (field.Number == 3 && ids++ > 0) return null;
            // An answer may have an id of its own making.
            else if (field.Number == 3 && field.Length > 0 && (isRequest || body.AsSpan(field.Value, field.Length).SequenceEqual(RowBody.MergedId))) pieces.Id(field);
            else if (isRequest && field.Number == 4 && IsOfSequence(body.AsSpan(field.Value, field.Length))) return null;
            else pieces.Same(field);
        }
        if (tensors > MostTensors || (raws > 0 && raws != tensors)) return null;
        Span<(long PerRow, bool IsFramed)> rows = stackalloc (long, bool)[tensors];
        var inputs = new WireFields(body);
        for (var i = 0; TryNext(ref inputs, 5, out var tensor); i++)
        {
            if (!TryAddTensor(ref pieces, tensor, raws > 0, out rows[i].PerRow, out rows[i].IsFramed)) return null;
        }
        var contents = new WireFields(body);
        for (var i = 0; TryNext(ref contents, raw, out var field); i++)
        {
            var bytes = body.AsSpan(field.Value, field.Length);
            if (rows[i].IsFramed)
            {
                if (OpenInferenceTensor.CountFrames(bytes) != rows[i].PerRow * pieces.Rows || !pieces.TryFramed(field, rows[i].PerRow)) return null;
            }
            else if (bytes.Length % pieces.Rows != 0 || !pieces.TryFixed(field, bytes.Length / pieces.Rows))
            {
                return null;
            }
        }
        return pieces.ToBody();
    }

    private static bool TryNext(scoped ref WireFields fields, int number, out WireField field)
    {
        while (fields.TryNext(out field))
        {
            if (field.Number == number) return true;
        }
        return false;
    }

    /// <summary>Requests of a sequence belong to each other, not to strangers.</summary>
    private static bool IsOfSequence(ReadOnlySpan<byte> parameter) => parameter.IndexOf("sequence_"u8) >= 0;

    /// <summary>{ 1 name, 2 datatype, 3 repeated shape, 4 map parameters, 5 contents }</summary>
    private static bool TryAddTensor(ref WirePieces pieces, WireField tensor, bool isRaw, out long perRow, out bool isFramed)
    {
        (perRow, isFramed) = (0, false);
        WireField? shape = null, contents = null;
        var fields = new WireFields(pieces.Body, tensor);
        pieces.Open(5);
        while (fields.TryNext(out var field))
        {
            if (field.Number == 3)
            {
                if (shape is not null || !field.IsDelimited) return false;
                shape = field;
            }
            else if (field.Number == 5)
            {
                if (contents is not null) return false;
                contents = field;
            }
            else
            {
                if (field.Number == 2) isFramed = pieces.Body.AsSpan(field.Value, field.Length).SequenceEqual("BYTES"u8);
                pieces.Same(field);
            }
        }
        if (shape is not { } sizes || !TryAddShape(ref pieces, sizes, out perRow)) return false;
        if (isRaw ? contents is { Length: > 0 } : !TryAddContents(ref pieces, contents, perRow)) return false;
        pieces.Close();
        return true;
    }

    private static bool TryAddShape(ref WirePieces pieces, WireField shape, out long perRow)
    {
        perRow = 1;
        var reader = new WireReader(pieces.Body.AsSpan(shape.Value, shape.Length));
        if (!reader.TryReadVarint(out var rows) || rows > int.MaxValue || !pieces.TryCount((int)rows)) return false;
        pieces.Open(3);
        pieces.Count();
        pieces.Same(shape.End - reader.Remaining, shape.End);
        pieces.Close();
        while (reader.TryReadVarint(out var size))
        {
            if (size > int.MaxValue || (perRow *= (long)size) > int.MaxValue) return false;
        }
        return true;
    }

    /// <summary>InferTensorContents { repeated 1 bool, 2 int32, 3 int64, 4 uint32, 5 uint64, 6 fp32, 7 fp64, 8 bytes }: one of them, in one run.</summary>
    private static bool TryAddContents(ref WirePieces pieces, WireField? contents, long perRow)
    {
        if (contents is not { } message) return perRow == 0;
        WireField? values = null;
        var fields = new WireFields(pieces.Body, message);
        var (count, end) = (0, 0);
        while (fields.TryNext(out var field))
        {
            if (values is null) (values, count, end) = (field, 1, field.End);
            else if (field.Number == 8 && values.Value.Number == 8 && field.Start == end) (count, end) = (count + 1, field.End);
            else return false;
        }
        if (values is not { } run) return perRow == 0;
        pieces.Open(5);
        var isRead = run.Number switch
        {
            >= 1 and <= 5 => pieces.TryVarints(run, perRow),
            6 => pieces.TryFixed(run, perRow * sizeof(float)),
            7 => pieces.TryFixed(run, perRow * sizeof(double)),
            8 => pieces.TryFields(run.Start, end, count, perRow),
            _ => false,
        };
        pieces.Close();
        return isRead;
    }
}
