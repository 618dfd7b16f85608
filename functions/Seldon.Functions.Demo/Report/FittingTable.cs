using Spectre.Console;

namespace Seldon.Functions.Demo.Report;

/// <summary>A column of a table that fits.</summary>
/// <param name="Width">How many characters it has; negative where it is aligned to the left.</param>
/// <param name="Rank">Which columns are kept longest where room is scarce: 0 always is.</param>
internal sealed record FittingColumn<T>(string Name, int Width, int Rank, Func<T, string> Cell, Func<T, Color>? Colour = null);

/// <summary>A table that changes while it is shown: where there are not enough characters for it, the columns that matter less are left out.</summary>
internal sealed class FittingTable<T>(params FittingColumn<T>[] columns)
{
    private const string Gap = "  ";

    /// <summary>Titles and rows without colours.</summary>
    public IEnumerable<string> Lines(IEnumerable<T> rows, int width) => Styled(rows, width).Select(line => string.Concat(line.Select(c => c.Text)).TrimEnd());

    /// <summary>The same as parts of lines, each with its colour.</summary>
    public IEnumerable<IReadOnlyList<(string Text, Color Colour)>> Styled(IEnumerable<T> rows, int width)
    {
        var kept = Fitting(width);
        yield return [.. kept.Select((c, i) => (Cell(c.Name, c.Width, i, width), Color.Default))];
        foreach (var row in rows) yield return [.. kept.Select((c, i) => (Cell(c.Cell(row), c.Width, i, width), c.Colour?.Invoke(row) ?? Color.Default))];
    }

    private FittingColumn<T>[] Fitting(int width)
    {
        var room = (long)width + Gap.Length;
        var kept = columns.OrderBy(c => c.Rank).TakeWhile(c => (room -= Math.Abs(c.Width) + Gap.Length) >= 0 || c.Rank == 0).ToHashSet();
        return [.. columns.Where(kept.Contains)];
    }

    /// <summary>A cell; what is too long on the left side of its column is cut, since names have no end.</summary>
    private static string Cell(string text, int width, int column, int most)
    {
        var room = Math.Min(Math.Abs(width), most);
        if (width < 0) text = FittingText.Cut(text, room);
        return (column == 0 ? "" : Gap) + (width < 0 ? text.PadRight(room) : text.PadLeft(room));
    }
}
