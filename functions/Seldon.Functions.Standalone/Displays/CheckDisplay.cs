using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Seldon.Functions.Standalone.Checks;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows what a check finds: a line when it is found, or one JSON object at the end.</summary>
internal sealed class CheckDisplay(bool json)
{
    private const int Indent = 6;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Finding> _findings = [];

    /// <summary>The worst that was found.</summary>
    public Level Worst => _findings.Select(f => f.Level).DefaultIfEmpty().Max();

    public void Show(Finding finding)
    {
        _findings.Add(finding);
        if (json) return;
        var (word, color) = finding.Level switch
        {
            Level.Ok => ("ok", Color.Green),
            Level.Warning => ("warn", Color.Yellow),
            _ => ("FAIL", Color.Red),
        };
        Page.Write(word.PadRight(Indent), color);
        Console.WriteLine(Page.Wrap($"{finding.Subject}: {finding.Text}", Page.Width, Indent, Indent));
        if (finding.Fix is { } fix) Console.WriteLine(new string(' ', Indent) + Page.Wrap($"-> {fix}", Page.Width, Indent, Indent + 3));
    }

    public void ShowEnd()
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { Worst, Findings = _findings }, Json));
            return;
        }
        var (failures, warnings) = (_findings.Count(f => f.Level == Level.Failure), _findings.Count(f => f.Level == Level.Warning));
        Console.WriteLine(failures + warnings == 0 ? "All is well." : $"{Count(failures, "failure")}, {Count(warnings, "warning")}.");
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
