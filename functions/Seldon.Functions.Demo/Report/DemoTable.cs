using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Seldon.Functions.Demo.Report;

/// <summary>A line for each dialect and one for all: 80 columns hold it; where there are fewer, the figures that matter less are left out.</summary>
internal static class DemoTable
{
    private const string Gap = "  ";

    private static readonly Color Plain = Color.Default;

    /// <summary>The columns, and which of them are kept longest where room is scarce.</summary>
    private static readonly (string Name, int Width, int Rank, Func<DemoRoute, string> Cell, Func<DemoRoute, Color> Colour)[] Columns =
    [
        ("requests", -15, 0, row => $"{row.Protocol} {row.Transport}", _ => Plain),
        ("in", 5, 1, row => Invariant($"{row.Records}"), _ => Color.Blue),
        ("results", 7, 2, row => Invariant($"{row.Results}"), _ => Color.Green),
        ("dead letters", 12, 5, row => Invariant($"{row.DeadLetters}"), _ => Color.Yellow),
        ("waiting", 7, 4, row => Invariant($"{row.Waiting}"), row => row.Waiting > 0 ? Color.Yellow : Plain),
        ("p50 ms", 6, 7, row => Invariant($"{row.P50Ms:0.0}"), _ => Plain),
        ("p99 ms", 6, 6, row => Invariant($"{row.P99Ms:0.0}"), _ => Plain),
        ("model", -7, 3, row => WordOf(row.Gate), row => ColourOf(row.Gate)),
    ];

    /// <summary>The lines: titles, dialects, total.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<DemoRoute> routes, DemoRoute total, int width)
    {
        var columns = Fitting(width);
        yield return Join(columns.Select(c => Cell(c.Name, c.Width)));
        foreach (var row in routes.Append(total)) yield return Join(columns.Select(c => Cell(c.Cell(row), c.Width)));
    }

    /// <summary>The same with colours.</summary>
    public static IEnumerable<IRenderable> Rows(IReadOnlyList<DemoRoute> routes, DemoRoute total, int width)
    {
        var columns = Fitting(width);
        yield return new Text(Join(columns.Select(c => Cell(c.Name, c.Width))), new Style(decoration: Decoration.Bold));
        foreach (var row in routes.Append(total))
        {
            var line = new Paragraph();
            foreach (var (i, column) in columns.Index())
                line.Append($"{(i == 0 ? "" : Gap)}{Cell(column.Cell(row), column.Width)}", new Style(column.Colour(row)));
            yield return line;
        }
    }

    /// <summary>The word for a gate, such as <c>held</c>.</summary>
    public static string WordOf(DemoGate gate) => gate switch { DemoGate.Held => "held", DemoGate.Resumed => "resumed", _ => "ready" };

    private static Color ColourOf(DemoGate gate) => gate switch { DemoGate.Held => Color.Red, DemoGate.Resumed => Color.Green, _ => Plain };

    private static (string Name, int Width, int Rank, Func<DemoRoute, string> Cell, Func<DemoRoute, Color> Colour)[] Fitting(int width)
    {
        var room = width + Gap.Length;
        var kept = Columns.OrderBy(c => c.Rank).TakeWhile(c => (room -= Math.Abs(c.Width) + Gap.Length) >= 0 || c.Rank == 0).Select(c => c.Rank).ToHashSet();
        return [.. Columns.Where(c => kept.Contains(c.Rank))];
    }

    private static string Cell(string text, int width) => width < 0 ? text.PadRight(-width) : text.PadLeft(width);

    private static string Join(IEnumerable<string> cells) => string.Join(Gap, cells).TrimEnd();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
