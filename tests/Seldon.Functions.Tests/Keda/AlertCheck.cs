using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Keda;

/// <summary>Whether alerts rest on series that somebody emits, and name the topics and the group of the manifests.</summary>
internal static partial class AlertCheck
{
    /// <summary>The group of rules that may rest on the processor's own series.</summary>
    private const string OfProcessor = "seldon-functions.processor";

    /// <param name="folder">Where the rules are.</param>
    /// <param name="rules">The PrometheusRule.</param>
    /// <param name="overlay">What is watched.</param>
    public static IEnumerable<Problem> Check(string folder, JsonObject rules, Overlay overlay)
    {
        var kafka = overlay.Settings().Kafka;
        foreach (var group in Overlay.Items(rules["spec"]!["groups"]))
        {
            foreach (var rule in Overlay.Items(group["rules"]))
            {
                var (alert, expression) = (rule["alert"]!.GetValue<string>(), rule["expr"]!.GetValue<string>());
                foreach (var series in Series(expression).Where(s => !EmittedSeries.WithoutInstances.Contains(s)))
                {
                    if (!EmittedSeries.OfProcessor.Contains(series)) yield return Wrong($"rests on {series}, which nobody emits");
                    else if (group["name"]!.GetValue<string>() != OfProcessor) yield return Wrong($"rests on {series}, which is not there when no instance runs");
                }
                foreach (Match label in Selector().Matches(expression))
                {
                    var (name, value) = (label.Groups[1].Value, label.Groups[2].Value);
                    var known = name switch
                    {
                        "topic" => value == kafka.InputTopics[0] || value == kafka.Output.Errors,
                        "consumergroup" => value == kafka.Group,
                        "deployment" => value == overlay.Deployment["metadata"]!["name"]!.GetValue<string>(),
                        "scaledObject" => value == overlay.ScaledObject["metadata"]!["name"]!.GetValue<string>(),
                        _ => false,
                    };
                    if (!known) yield return Wrong($"looks at {name} '{value}', which the manifests do not have");
                }
                Problem Wrong(string text) => new(folder, "PrometheusRule", $"{alert}.expr", text);
            }
        }
    }

    /// <summary>The names of series in an expression: what is no label, no function and no word of the language.</summary>
    public static IEnumerable<string> Series(string expression)
    {
        var bare = NotNames().Replace(expression, " ");
        return Name().Matches(bare).Select(m => m.Value).Where(n => n is not ("and" or "or" or "unless" or "bool" or "offset")).Distinct();
    }

    /// <summary>Selectors, windows, texts, and the labels of a grouping.</summary>
    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)""")]
    private static partial Regex NotNames();

    /// <summary>A name that is not followed by a bracket, as functions are, and is no number.</summary>
    [GeneratedRegex(@"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()")]
    private static partial Regex Name();

    [GeneratedRegex("([a-zA-Z_]+)=~?\"([^\"]*)\"")]
    private static partial Regex Selector();
}
