using ScottPlot;
using Seldon.Functions.Scaling;
using SkiaSharp;

namespace Seldon.Functions.Benchmarks.Scaling;

/// <summary>Lag, replicas and age over a trace, one below the other, as PNG and SVG.</summary>
internal static class ScalingPlot
{
    private const int Width = 1000;
    private const int Height = 750;

    /// <summary>A point for every so many seconds is enough for the eye.</summary>
    private const int Points = 300;

    public static void Save(string folder, LoadTrace trace, string conditions, List<(string Name, List<Sample> Samples)> runs)
    {
        Directory.CreateDirectory(folder);
        var plots = new Multiplot();
        plots.AddPlots(3);
        Draw(plots.GetPlot(0), $"{trace.Name}, {conditions}: lag, records", runs, s => s.Lag);
        DrawSteps(plots.GetPlot(1), "replicas", runs);
        Draw(plots.GetPlot(2), "age of the oldest record, s", runs, s => s.Age);
        plots.GetPlot(0).ShowLegend(Alignment.UpperRight);
        plots.GetPlot(1).HideLegend();
        plots.GetPlot(2).HideLegend();
        plots.GetPlot(2).XLabel("minutes");
        var name = Path.Combine(folder, $"{trace.Name}-{conditions}".Replace(",", "", StringComparison.Ordinal).Replace(' ', '-'));
        plots.SavePng($"{name}.png", Width, Height);
        using var file = File.Create($"{name}.svg");
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), file);
        plots.Render(canvas, new PixelRect(0, Width, Height, 0));
    }

    private static void Draw(Plot plot, string title, List<(string Name, List<Sample> Samples)> runs, Func<Sample, double> value)
    {
        plot.Title(title, size: 14);
        foreach (var (name, samples) in runs)
        {
            var step = Math.Max(1, samples.Count / Points);
            // The greatest of each step, so that no peak is lost.
            var line = plot.Add.Signal(samples.Chunk(step).Select(c => c.Max(value)).ToArray(), step / 60.0);
            line.LegendText = name;
            line.MarkerSize = 0;
            line.LineWidth = name == "ours" ? 3 : 1.5f;
        }
        plot.Axes.Margins(bottom: 0);
        plot.Axes.SetLimitsY(0, Math.Max(1, runs.Max(r => r.Samples.Max(value)) * 1.1));
    }

    /// <summary>Every change of the replicas, exactly.</summary>
    private static void DrawSteps(Plot plot, string title, List<(string Name, List<Sample> Samples)> runs)
    {
        plot.Title(title, size: 14);
        foreach (var (name, samples) in runs)
        {
            var at = Enumerable.Range(0, samples.Count).Where(i => i == 0 || i == samples.Count - 1 || samples[i].Replicas != samples[i - 1].Replicas).ToArray();
            var line = plot.Add.Scatter(at.Select(i => i / 60.0).ToArray(), at.Select(i => (double)samples[i].Replicas).ToArray());
            line.ConnectStyle = ConnectStyle.StepHorizontal;
            line.MarkerSize = 0;
            line.LineWidth = name == "ours" ? 3 : 1.5f;
        }
        plot.Axes.SetLimitsY(0, runs.Max(r => r.Samples.Max(s => s.Replicas)) * 1.1);
    }
}
