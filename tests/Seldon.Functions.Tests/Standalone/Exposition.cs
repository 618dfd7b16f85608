using System.Globalization;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>Metrics in Prometheus' text format, read strictly: whatever is not of the format fails the test.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, double> _series = [];

    private Exposition()
    {
    }

    /// <summary>Type of each family.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>What each family is, in words.</summary>
    public Dictionary<string, string> Helps { get; } = [];

    /// <summary>Units, which only OpenMetrics names.</summary>
    public Dictionary<string, string> Units { get; } = [];

    public static Exposition Parse(string text)
    {
        var result = new Exposition();
        var family = "";
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line == "# EOF") continue;
            if (Comment().Match(line) is { Success: true } comment)
            {
                var (kind, name, rest) = (comment.Groups[1].Value, comment.Groups[2].Value, comment.Groups[3].Value);
                if (kind == "TYPE") family = name;
                Assert.Equal(family, name);
                Assert.True((kind switch { "TYPE" => result.Types, "HELP" => result.Helps, _ => result.Units }).TryAdd(name, rest), line);
                continue;
            }
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            Assert.Contains(sample.Groups[1].Value, NamesOf(family, result.Types[family]));
            var labels = Label().Matches(sample.Groups[2].Value);
            Assert.Equal(sample.Groups[2].Value, string.Join(',', labels.Select(l => l.Value)));
            var value = double.Parse(sample.Groups[3].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            var kept = labels.Where(l => !l.Value.StartsWith("otel_scope_", StringComparison.Ordinal)).Select(l => l.Value).Order(StringComparer.Ordinal);
            Assert.True(result._series.TryAdd($"{sample.Groups[1].Value}{{{string.Join(',', kept)}}}", value), $"twice: {line}");
        }
        return result;
    }

    /// <summary>The value of the series with exactly these labels, in alphabetical order; NaN if it is not there.</summary>
    public double this[string series] => _series.GetValueOrDefault(series, double.NaN);

    /// <summary>The sum of all series of this name whose labels contain all of these.</summary>
    public double Sum(string name, params string[] labels) => Of(name, labels).Sum(s => s.Value);

    public IEnumerable<KeyValuePair<string, double>> Of(string name, params string[] labels) => _series.Where(s =>
        s.Key.StartsWith($"{name}{{", StringComparison.Ordinal) && labels.All(l => s.Key.Contains(l, StringComparison.Ordinal)));

    private static IEnumerable<string> NamesOf(string family, string type) => type switch
    {
        "counter" => [family, $"{family}_total", $"{family}_created"],
        "gauge" => [family],
        "histogram" => [$"{family}_bucket", $"{family}_sum", $"{family}_count", $"{family}_created"],
        "info" => [$"{family}_info"],
        _ => [],
    };

    [GeneratedRegex("^# (TYPE|HELP|UNIT) ([a-z_][a-z0-9_]*) (.+)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^([a-z_][a-z0-9_]*)(?:\{(.*)\})? ([-+0-9.eE]+|\+Inf)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*""" + "\"")]
    private static partial Regex Label();
}
