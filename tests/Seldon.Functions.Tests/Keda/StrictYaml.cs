using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Seldon.Functions.Tests.Keda;

/// <summary>YAML as JSON, with the types that Kubernetes would see. A key that stands twice, and a word that some readers take for a boolean, are refused.</summary>
internal static class StrictYaml
{
    private static readonly string[] Doubtful = ["yes", "no", "on", "off", "y", "n"];

    /// <exception cref="YamlException">It is no YAML, or is refused.</exception>
    public static List<JsonObject> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(d => ToJson(d.RootNode) as JsonObject ?? throw new YamlException(d.RootNode.Start, d.RootNode.End, "A document is no mapping."))];
    }

    private static JsonNode? ToJson(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                // The representation model has refused a key that stands twice.
                foreach (var (key, value) in mapping) result[((YamlScalarNode)key).Value!] = ToJson(value);
                return result;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Select(ToJson)]);
            case YamlScalarNode { Style: ScalarStyle.Plain } scalar:
                return FromPlain(scalar);
            default:
                return ((YamlScalarNode)node).Value;
        }
    }

    private static JsonNode? FromPlain(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (Doubtful.Contains(text.ToLowerInvariant())) throw new YamlException(scalar.Start, scalar.End, $"'{text}' may be a boolean: quote it.");
        if (text is "" or "~" or "null") return null;
        if (text is "true" or "false") return text == "true";
        // 0440 is octal to Kubernetes' reader.
        if (text.Length > 1 && text[0] == '0' && text.All(c => c is >= '0' and <= '7')) return Convert.ToInt64(text, 8);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return number;
        return text;
    }
}
