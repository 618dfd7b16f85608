using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Seldon.Functions.Demo.Report;

/// <summary>A line for each dialect and one for all; 80 columns hold it.</summary>
internal static class DemoTable
{
    private static readonly FittingTable<DemoRoute> Table = new(
        new("requests", -15, 0, row => $"{row.Protocol} {row.Transport}"),
        new("in", 5, 1, row => Invariant($"{row.Records}"), _ => Color.Blue),
        new("results", 7, 2, row => Invariant($"{row.Results}"), _ => Color.Green),
        new("dead letters", 12, 5, row => Invariant($"{row.DeadLetters}"), _ => Color.Yellow),
        new("waiting", 7, 4, row => Invariant($"{row.Waiting}"), row => row.Waiting > 0 ? Color.Yellow : Color.Default),
        new("p50 ms", 6, 7, row => Invariant($"{row.P50Ms:0.0}")),
        new("p99 ms", 6, 6, row => Invariant($"{row.P99Ms:0.0}")),
        new("model", -7, 3, row => WordOf(row.Gate), row => ColourOf(row.Gate)));

    /// <summary>The lines: titles, dialects, total.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<DemoRoute> routes, DemoRoute total, int width) => Table.Lines(routes.Append(total), width);

    /// <summary>The same with colours.</summary>
    public static IEnumerable<IRenderable> Rows(IReadOnlyList<DemoRoute> routes, DemoRoute total, int width)
    {
        foreach (var (i, line) in Table.Styled(routes.Append(total), width).Index())
        {
            var paragraph = new Paragraph();
            foreach (var (text, colour) in line) paragraph.Append(text, new Style(colour, decoration: i == 0 ? Decoration.Bold : Decoration.None));
            yield return paragraph;
        }
    }

    /// <summary>The word for a gate, such as <c>held</c>.</summary>
    public static string WordOf(DemoGate gate) => gate switch { DemoGate.Held => "held", DemoGate.Resumed => "resumed", _ => "ready" };

    private static Color ColourOf(DemoGate gate) => gate switch { DemoGate.Held => Color.Red, DemoGate.Resumed => Color.Green, _ => Color.Default };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
