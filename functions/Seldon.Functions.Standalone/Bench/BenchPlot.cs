using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>Throughput and latency over the calls in flight, a line for each number of rows a call, as PNG and SVG.</summary>
internal static class BenchPlot
{
    private const int Width = 1000;
    private const int Height = 800;

    /// <param name="path">The files' path without its end.</param>
    public static IReadOnlyList<string> Save(string path, BenchReport report)
    {
        var plots = new Multiplot();
        plots.AddPlots(2);
        Draw(plots.GetPlot(0), $"{report.Server}: rows answered per second", report.Points, p => p.RowsPerSecond);
        Draw(plots.GetPlot(1), "99 of 100 calls take at most, ms", report.Points, p => p.P99Ms);
        plots.GetPlot(0).ShowLegend(Alignment.UpperLeft);
        plots.GetPlot(1).HideLegend();
        plots.GetPlot(1).XLabel("calls in flight");
        string[] files = [$"{path}.png", $"{path}.svg"];
        plots.SavePng(files[0], Width, Height);
        using var file = File.Create(files[1]);
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), file);
        plots.Render(canvas, new PixelRect(0, Width, Height, 0));
        return files;
    }

    private static void Draw(Plot plot, string title, IReadOnlyList<BenchPoint> points, Func<BenchPoint, double> value)
    {
        plot.Title(title, size: 14);
        foreach (var line in points.GroupBy(p => p.Rows))
        {
            var scatter = plot.Add.Scatter(line.Select(p => Math.Log2(p.InFlight)).ToArray(), line.Select(value).ToArray());
            scatter.LegendText = line.Key == 1 ? "1 row a call" : $"{line.Key} rows a call";
        }
        var ticks = points.Select(p => p.InFlight).Distinct().Order().ToList();
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(t => Math.Log2(t))], [.. ticks.Select(t => $"{t}")]);
        plot.Axes.Margins(bottom: 0);
        plot.Axes.SetLimitsY(0, Math.Max(1, points.Max(value) * 1.1));
    }
}
