using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Standalone.Inspection;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows records: a row for each, two lines where the terminal is narrow, or one JSON object a line.</summary>
/// <param name="width">How many columns there are.</param>
internal sealed class PeekDisplay(bool json, int width)
{
    private const int Narrow = 100;
    private const int TimeWidth = 12;
    private const int PlaceWidth = 28;
    private const int KeyWidth = 14;
    private const int ReasonWidth = 18;
    private const string Gap = "  ";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 128,
    };

    /// <summary>The lines of a record.</summary>
    public string Format(PeekRow row)
    {
        if (json) return ToJson(row);
        var text = row.Note is null ? row.Value : $"{row.Message}{Gap}{row.Value}";
        var reason = row.Note?.Reason ?? "";
        var time = row.Time?.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";
        // In a pipe nothing is cut, and nothing has to stand below something else.
        if (width == int.MaxValue) return string.Join(Gap, new[] { time, row.Place, row.Key ?? "-", reason, text }.Where(c => c.Length > 0));
        if (width < Narrow) return $"{FittingText.Cut(string.Join(Gap, new[] { time, row.Place, row.Key ?? "-", reason }.Where(c => c.Length > 0)), width)}\n{Gap}{FittingText.Cut(text, width - Gap.Length)}";
        var head = $"{Fit(time, TimeWidth + Gap.Length)}{Gap}{Fit(row.Place, PlaceWidth)}{Gap}{Fit(row.Key ?? "-", KeyWidth)}{Gap}{(reason.Length > 0 ? Fit(reason, ReasonWidth) + Gap : "")}";
        return head + FittingText.Cut(text, width - head.Length);
    }

    private static string Fit(string text, int columns) => FittingText.Cut(text, columns).PadRight(columns);

    private static string ToJson(PeekRow row) => JsonSerializer.Serialize(
        new
        {
            row.Place,
            row.Time,
            row.Key,
            Reason = row.Note?.Reason,
            row.Message,
            // A name may stand there several times.
            Headers = row.Headers.GroupBy(h => h.Key).ToDictionary(g => g.Key, g => g.Count() == 1 ? (object)g.First().Value : g.Select(h => h.Value)),
            Value = AsJson(row.Value),
        },
        Json);

    private static JsonNode? AsJson(string value)
    {
        if (!value.StartsWith('{') && !value.StartsWith('[')) return JsonValue.Create(value);
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
