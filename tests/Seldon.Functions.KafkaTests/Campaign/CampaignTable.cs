using System.Globalization;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The reports as a table in Markdown, line by line, for a person, a pipe and RESULTS.md alike.</summary>
internal static class CampaignTable
{
    private static readonly (string Name, int Width, Func<FaultReport, string> Cell)[] Columns =
    [
        ("row", 15, r => r.Name),
        ("fault", 76, r => r.Fault),
        ("records in", -10, r => Number(r.Records)),
        ("results", -7, r => Number(r.Results)),
        ("dead letters", -12, r => Number(r.DeadLetters)),
        ("lost", -4, r => Number(r.Lost)),
        ("duplicated", -10, r => Number(r.Duplicated)),
        ("allowed", -7, r => Number(r.Allowed)),
        ("out of order", -12, r => Number(r.OutOfOrder)),
        ("longest silence", -15, r => $"{Number(r.SilenceSeconds)} s"),
        ("", 0, r => string.Join("; ", r.Remarks.Prepend(r.Problems.Count == 0 ? "sound" : "**not sound**"))),
    ];

    public static string Head { get; } =
        Join(Columns.Select(c => Pad(c.Name, c.Width))) + Environment.NewLine
        + Join(Columns.Select(c => new string('-', Math.Max(3, Math.Abs(c.Width)) - (c.Width < 0 ? 1 : 0)) + (c.Width < 0 ? ":" : "")));

    public static string Line(FaultReport report) => Join(Columns.Select(c => Pad(c.Cell(report), c.Width)));

    private static string Join(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>A negative width pads to the right margin.</summary>
    private static string Pad(string text, int width) => width < 0 ? text.PadLeft(-width) : text.PadRight(width);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
