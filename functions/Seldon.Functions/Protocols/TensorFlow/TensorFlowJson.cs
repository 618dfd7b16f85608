using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>
/// Rows of TensorFlow Serving's REST API: <c>instances</c> and <c>predictions</c>, <c>inputs</c> and <c>outputs</c> (one array, or an array for each
/// name), <c>examples</c> and <c>results</c>.
/// </summary>
internal static class TensorFlowJson
{
    public static RowFormat Rows { get; } = new(
        static (body, json) => json > 0 ? null : Read(body, isRequest: true), static (body, json) => json > 0 ? null : Read(body, isRequest: false));

    private static RowBody? Read(byte[] body, bool isRequest)
    {
        var cuts = new JsonCuts(body, body.Length, isRequest);
        var members = new JsonMembers(cuts.Json);
        var signatures = 0;
        while (members.TryNext(out var name, out var value))
        {
            if (!cuts.IsPlain(name)) return null;
            var hasRows = isRequest
                ? cuts.Is(name, "instances"u8) || cuts.Is(name, "inputs"u8) || cuts.Is(name, "examples"u8)
                : cuts.Is(name, "predictions"u8) || cuts.Is(name, "outputs"u8) || cuts.Is(name, "results"u8) || cuts.Is(name, "result"u8);
            if (hasRows)
            {
                // Row format or column format, not both, and neither of them twice.
                if (cuts.Rows > 0) return null;
                if (!(cuts.IsArray(value) ? cuts.TryAddRows(value) : IsByName(cuts, name) && TryAddColumns(ref cuts, value))) return null;
            }
            else if (cuts.IsArray(value) || cuts.IsObject(value) || (cuts.Is(name, "signature_name"u8) && ++signatures > 1))
            {
                // Nobody knows whose rows these are.
                return null;
            }
        }
        return cuts.EndsAt(members.End) ? cuts.ToBody() : null;
    }

    private static bool IsByName(scoped in JsonCuts cuts, Range name) => cuts.Is(name, "inputs"u8) || cuts.Is(name, "outputs"u8);

    private static bool TryAddColumns(ref JsonCuts cuts, Range value)
    {
        if (!cuts.IsObject(value)) return false;
        var names = new List<Range>();
        var columns = new JsonMembers(cuts.Json, value.Start.Value);
        while (columns.TryNext(out var name, out var column))
        {
            foreach (var earlier in names)
            {
                if (cuts.Is(name, cuts.Json[earlier])) return false;
            }
            names.Add(name);
            if (!cuts.IsPlain(name) || !cuts.TryAddRows(column)) return false;
        }
        return columns.End is not null && names.Count > 0;
    }
}
