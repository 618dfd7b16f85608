using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Tests.Keda;

/// <summary>Grafana's dashboard: what its queries rest on, and that alerts name its panels.</summary>
public sealed partial class DashboardTests : IDisposable
{
    /// <summary>What the queries may group by and select, besides the attributes of our own series: labels of Prometheus, KEDA and kafka_exporter.</summary>
    private static readonly string[] OtherLabels = ["le", "namespace", "pod", "topic", "consumergroup", "exported_namespace", "scaledObject", "alertname", "alertstate"];

    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void EveryQuery_RestsOnSeriesThatSomebodyEmits() => Assert.All(
        Queries(), q => Assert.All(AlertCheck.Series(q), s => Assert.True(EmittedSeries.OfProcessor.Contains(s) || EmittedSeries.WithoutInstances.Contains(s), $"{s} in {q}")));

    [Fact]
    public void EveryLabel_IsOneThatSeriesHave()
    {
        string[] ours = [AttributeNames.Route, AttributeNames.Node, AttributeNames.Transport, AttributeNames.Outcome, AttributeNames.Rebalance, AttributeNames.ErrorType, AttributeNames.MessagingDestination, AttributeNames.MessagingPartition];
        var known = ours.Select(a => a.Replace('.', '_')).Concat(OtherLabels).ToHashSet();

        Assert.All(Queries(), q => Assert.All(LabelsOf(q), l => Assert.True(known.Contains(l), $"{l} in {q}")));
    }

    [Fact]
    public void EveryQuery_IsOneThatPrometheusTakes()
    {
        var folder = Directory.CreateTempSubdirectory("dashboard-");
        try
        {
            var rules = Queries().Select((q, i) => new JsonObject { ["record"] = $"panel:{i}", ["expr"] = q }).ToArray<JsonNode>();
            // YAML takes JSON.
            var file = Path.Combine(folder.FullName, "rules.yaml");
            File.WriteAllText(file, new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["name"] = "dashboard", ["rules"] = new JsonArray(rules) }) }.ToJsonString());

            var (code, output, errors) = Sources.Run("promtool", "check", "rules", file);

            Assert.True(code == 0, output + errors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void EveryAlert_NamesAPanel()
    {
        var rules = StrictYaml.Parse(_sources.Read("keda/monitoring/prometheus-rule.yaml"))[0];
        var panels = Panels().Where(p => (string?)p["type"] != "row").Select(p => $"{(int)p["id"]!}").ToHashSet();
        var alerts = Overlay.Items(rules["spec"]!["groups"]).SelectMany(g => Overlay.Items(g["rules"])).ToList();

        Assert.NotEmpty(alerts);
        Assert.All(alerts, a => Assert.Contains((string)a["annotations"]!["__panelId__"]!, panels));
        Assert.All(alerts, a => Assert.Equal((string)Dashboard()["uid"]!, (string)a["annotations"]!["__dashboardUid__"]!));
    }

    [Fact]
    public void Panels_HaveTheirOwnIdsAndDoNotOverlap()
    {
        var panels = Panels().ToList();
        var cells = panels.SelectMany(p => CellsOf(p["gridPos"]!)).ToList();

        Assert.Distinct(panels.Select(p => (int)p["id"]!));
        Assert.Distinct(cells);

        static IEnumerable<(int X, int Y)> CellsOf(JsonNode at) =>
            from x in Enumerable.Range((int)at["x"]!, (int)at["w"]!) from y in Enumerable.Range((int)at["y"]!, (int)at["h"]!) select (x, y);
    }

    [Fact]
    public void ConfigMap_HoldsTheDashboardWithTheLabelOfGrafanasSidecar()
    {
        var map = StrictYaml.Parse(_sources.Render("keda/monitoring")).Single(o => (string?)o["kind"] == "ConfigMap");

        Assert.Equal("1", (string?)map["metadata"]!["labels"]!["grafana_dashboard"]);
        Assert.True(JsonNode.DeepEquals(Dashboard(), JsonNode.Parse((string)map["data"]!["seldon-functions.json"]!)));
    }

    private JsonNode Dashboard() => JsonNode.Parse(_sources.Read("keda/monitoring/dashboard.json"))!;

    private IEnumerable<JsonNode> Panels() => Dashboard()["panels"]!.AsArray().Select(p => p!);

    /// <summary>The queries, with Grafana's variables filled in.</summary>
    private List<string> Queries() =>
    [
        .. Panels().SelectMany(p => p["targets"]?.AsArray() ?? []).Select(t => (string)t!["expr"]!)
            .Select(q => q.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$namespace", ".+", StringComparison.Ordinal)),
    ];

    private static IEnumerable<string> LabelsOf(string query) =>
        Selector().Matches(query).Select(m => m.Groups[1].Value).Concat(Grouping().Matches(query).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)));

    [GeneratedRegex("([a-zA-Z_]+)(?:=~?|!=|!~)\"[^\"]*\"")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex Grouping();
}
