using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>The rows of TensorFlow Serving's messages: the first dimension of every tensor, or one for each example.</summary>
internal static class TensorFlowRows
{
    public static RowFormat Predict { get; } = new(static (body, _) => ReadTensors(body, tensors: 2, spec: 1), static (body, _) => ReadTensors(body, tensors: 1, spec: 2));

    /// <summary>Of Classify and Regress.</summary>
    public static RowFormat Examples { get; } = new(static (body, _) => ReadExamples(body), static (body, _) => ReadResults(body));

    /// <summary>
    /// PredictRequest { 1 model_spec, 2 map inputs, 3 repeated output_filter, … }, PredictResponse { 1 map outputs, 2 model_spec }. Maps have no order:
    /// tensors are taken in that of their names.
    /// </summary>
    private static RowBody? ReadTensors(byte[] body, int tensors, int spec)
    {
        var pieces = new WirePieces(body);
        var fields = new WireFields(body);
        var entries = Scratch<(WireField? Name, WireField Tensor)>.Take();
        var specs = 0;
        while (fields.TryNext(out var field))
        {
            if (field.Number == tensors)
            {
                if (!TryReadEntry(body, field, out var name, out var tensor)) return null;
                entries.Add((name, tensor));
            }
            else
            {
                if (field.Number == spec && ++specs > 1) return null;
                pieces.Same(field);
            }
        }
        if (entries.Count > 1) entries.Sort((a, b) => NameOf(body, a).SequenceCompareTo(NameOf(body, b)));
        for (var i = 0; i < entries.Count; i++)
        {
            var (name, tensor) = entries[i];
            if (i > 0 && NameOf(body, entries[i - 1]).SequenceEqual(NameOf(body, entries[i]))) return null;
            pieces.Open(tensors);
            if (name is { } named) pieces.Same(named);
            if (!TensorFlowTensorRows.TryAdd(ref pieces, tensor)) return null;
            pieces.Close();
        }
        return pieces.ToBody();
    }

    private static ReadOnlySpan<byte> NameOf(byte[] body, (WireField? Name, WireField Tensor) entry) => entry.Name is { } name ? body.AsSpan(name.Value, name.Length) : default;

    /// <summary>An entry of a map: { 1 key, 2 value }</summary>
    private static bool TryReadEntry(byte[] body, WireField entry, out WireField? name, out WireField tensor)
    {
        (name, tensor) = (null, default);
        var fields = new WireFields(body, entry);
        var tensors = 0;
        while (fields.TryNext(out var field))
        {
            if (field.Number == 1 && name is null) name = field;
            else if (field.Number == 2 && tensors++ == 0) tensor = field;
            else return false;
        }
        return tensors == 1;
    }

    /// <summary>{ 1 model_spec, 2 Input { 1 ExampleList { 1 repeated Example } } }</summary>
    private static RowBody? ReadExamples(byte[] body)
    {
        var pieces = new WirePieces(body);
        var fields = new WireFields(body);
        var (inputs, specs) = (0, 0);
        while (fields.TryNext(out var field))
        {
            if (field.Number != 2)
            {
                if (field.Number == 1 && ++specs > 1) return null;
                pieces.Same(field);
                continue;
            }
            var lists = new WireFields(body, field);
            // With a context (2) it is not the examples alone that the model sees.
            if (inputs++ > 0 || !lists.TryNext(out var list) || list.Number != 1 || lists.TryNext(out _)) return null;
            pieces.Open(2);
            if (!TryAddList(ref pieces, list)) return null;
            pieces.Close();
        }
        return pieces.ToBody();
    }

    /// <summary>{ 1 result { 1 repeated }, 2 model_spec }</summary>
    private static RowBody? ReadResults(byte[] body)
    {
        var pieces = new WirePieces(body);
        var fields = new WireFields(body);
        var results = 0;
        while (fields.TryNext(out var field))
        {
            if (field.Number != 1) pieces.Same(field);
            else if (results++ > 0 || !TryAddList(ref pieces, field)) return null;
        }
        return pieces.ToBody();
    }

    private static bool TryAddList(ref WirePieces pieces, WireField list)
    {
        var fields = new WireFields(pieces.Body, list);
        var count = 0;
        while (fields.TryNext(out var field))
        {
            if (field.Number != 1 || !field.IsDelimited) return false;
            count++;
        }
        if (!pieces.TryCount(count)) return false;
        pieces.Open(list.Number);
        pieces.TryFields(list.Value, list.End, count, 1);
        pieces.Close();
        return true;
    }
}
