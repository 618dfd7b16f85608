using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Keda;

/// <summary>The alerts: what they rest on, and that they go off when they should, as Prometheus' own tool sees it.</summary>
public sealed class AlertTests : IDisposable
{
    private const string File = "keda/monitoring/prometheus-rule.yaml";

    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void Monitoring_HasNoMistake() => Assert.Empty(Problems());

    [Theory]
    [InlineData("keda_scaled_object_errors_total", "keda_scaler_errors_total", "SeldonFunctionsScalerFails.expr rests on keda_scaler_errors_total, which nobody emits")]
    [InlineData("seldon_functions_gate_closed", "seldon_functions_gate_shut", "SeldonFunctionsHeld.expr rests on seldon_functions_gate_shut, which nobody emits")]
    [InlineData("deployment=\"seldon-functions\"", "deployment=\"processor\"", "SeldonFunctionsScalerMissing.expr looks at deployment 'processor', which the manifests do not have")]
    [InlineData("absent(keda_scaler_active{scaledObject=\"seldon-functions\"})", "absent(seldon_functions_consumer_lag)", "SeldonFunctionsScalerMissing.expr rests on seldon_functions_consumer_lag, which is not there when no instance runs")]
    [InlineData("predictions.errors", "predictions.failed", "SeldonFunctionsDeadLetters.expr looks at topic 'predictions.failed', which the manifests do not have")]
    [InlineData("consumergroup=\"seldon-functions.requests\"", "consumergroup=\"requests\"", "SeldonFunctionsStandsStill.expr looks at consumergroup 'requests', which the manifests do not have")]
    [InlineData("severity: warning", "severity: page", "severity is \"page\", not one of")]
    public void MistakeInARule_IsSaidWithFileAndKey(string from, string to, string expected)
    {
        _sources.Edit(File, from, to);

        Assert.Contains(Problems(), p => p.StartsWith($"{File} (in keda/monitoring): ", StringComparison.Ordinal) && p.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void PodMonitor_FindsThePodsOfTheStandaloneImageByLabelAndPort()
    {
        var monitor = Objects().Single(o => o["kind"]!.GetValue<string>() == "PodMonitor")["spec"]!;
        var overlay = Overlay.Read(_sources, "keda/overlays/standalone");

        Assert.True(JsonNode.DeepEquals(monitor["selector"]!["matchLabels"], overlay.Deployment["spec"]!["template"]!["metadata"]!["labels"]));
        Assert.Contains(Overlay.Items(overlay.Container["ports"]), p => JsonNode.DeepEquals(p["name"], monitor["podMetricsEndpoints"]![0]!["port"]));
        Assert.DoesNotContain(Overlay.Items(Overlay.Read(_sources, "keda/base").Container["ports"]), p => JsonNode.DeepEquals(p["name"], monitor["podMetricsEndpoints"]![0]!["port"]));
    }

    [Fact]
    public void EveryAlert_IsTestedByPromtool() =>
        Assert.All(Alerts(), a => Assert.Contains($"alertname: {a}\n        exp_alerts:\n", _sources.Read("keda/monitoring/rules.test.yaml"), StringComparison.Ordinal));

    [Fact]
    public void Rules_PassPromtoolsChecksAndTests()
    {
        Assert.Equal("", Promtool("check"));
        Assert.Equal("", Promtool("test"));
    }

    /// <summary>Each rule as it may be written by mistake: promtool's tests see it.</summary>
    [Theory]
    [InlineData("keda_scaler_active{scaledObject=\"seldon-functions\"}, \"namespace\", \"$1\", \"exported_namespace\", \"(.+)\")) == 1", "keda_scaler_metrics_value{scaledObject=\"seldon-functions\"}, \"namespace\", \"$1\", \"exported_namespace\", \"(.+)\")) > 0", "idle at zero instances")]
    [InlineData("\"exported_namespace\", \"(.+)\")) == 1", "\"exported_namespace\", \"(.+)\")) == 0", "records wait, and no instance starts")]
    [InlineData("unless on (namespace)\n            sum by (namespace)", "unless on ()\n            sum", "two namespaces, one of which works")]
    [InlineData("[5m])) > 0\n          # Ten minutes", "[5m])) >= 0\n          # Ten minutes", "its model is out")]
    [InlineData("keda_scaled_object_errors_total", "keda_scaler_detail_errors_total", "the broker is gone, at zero instances")]
    [InlineData("keda_scaled_object_errors_total", "keda_scaler_detail_errors_total", "the broker is gone, with twelve instances")]
    [InlineData("max by (namespace) (label_replace(increase", "max by (job) (label_replace(increase", "two namespaces, one of which works")]
    [InlineData("\n            or on () absent(keda_scaler_active{scaledObject=\"seldon-functions\"})", "", "and no kube-state-metrics")]
    [InlineData("max by (namespace) (kube_deployment_created{deployment=\"seldon-functions\"})\n              unless on (namespace)", "max by (namespace) (kube_deployment_created{deployment=\"seldon-functions\"})\n              unless on ()", "in one of two namespaces")]
    [InlineData("clamp_min(kafka_consumergroup_lag{consumergroup=\"seldon-functions.requests\",topic=\"requests\"}, 0)", "kafka_consumergroup_lag{consumergroup=\"seldon-functions.requests\",topic=\"requests\"}", "an offset beyond the end")]
    [InlineData("> 120 * sum by (namespace)", "> on () group_left () 120 * sum", "two minutes behind")]
    [InlineData("> 0.01 * sum by (namespace)", "> on () group_left () 0.0001 * sum", "as many dead letters in one namespace")]
    public void RuleThatIsWrong_FailsPromtoolsTestOfThat(string from, string to, string test)
    {
        _sources.Edit(File, from, to);

        Assert.Contains(Promtool("test").Split("name: ").Skip(1), failure => failure.Split('\n')[0].Contains(test, StringComparison.Ordinal));
    }

    /// <summary>What promtool has to say against the rules; nothing if it passes them.</summary>
    private string Promtool(string command)
    {
        var folder = Directory.CreateTempSubdirectory("rules-");
        try
        {
            // YAML takes JSON.
            System.IO.File.WriteAllText(Path.Combine(folder.FullName, "rules.yaml"), Rules()["spec"]!.ToJsonString());
            System.IO.File.WriteAllText(Path.Combine(folder.FullName, "rules.test.yaml"), _sources.Read("keda/monitoring/rules.test.yaml"));
            var (code, output, errors) = Sources.Run("promtool", command, "rules", Path.Combine(folder.FullName, command == "test" ? "rules.test.yaml" : "rules.yaml"));
            return code == 0 ? "" : output + errors;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private List<string> Problems() =>
    [
        .. ObjectCheck.Form("keda/monitoring", Objects())
            .Concat(AlertCheck.Check("keda/monitoring", Rules(), Overlay.Read(_sources, "keda/overlays/standalone")))
            .Select(p => p.Say(_sources)),
    ];

    private List<JsonObject> Objects() => StrictYaml.Parse(_sources.Render("keda/monitoring"));

    private JsonObject Rules() => Objects().Single(o => o["kind"]!.GetValue<string>() == "PrometheusRule");

    private IEnumerable<string> Alerts() => Overlay.Items(Rules()["spec"]!["groups"]).SelectMany(g => Overlay.Items(g["rules"])).Select(r => r["alert"]!.GetValue<string>());
}
