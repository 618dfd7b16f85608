using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Keda;

/// <summary>
/// As much of JSON Schema as our own schema and KEDA's definitions use. A keyword that it does not know fails the test: it never
/// passes what it has not looked at.
/// </summary>
/// <param name="isClosed">Whether a key that no schema lists is refused where the schema does not say so itself, as the API server does.</param>
internal sealed class Schema(JsonObject root, bool isClosed)
{
    private static readonly string[] Words = ["description", "default", "format", "x-kubernetes-list-type", "x-kubernetes-validations"];

    /// <summary>Every mistake: the key, and what is wrong with it.</summary>
    public List<(string Key, string Problem)> Check(JsonNode? value)
    {
        var problems = new List<(string, string)>();
        Check(root, value, "", problems);
        return problems;
    }

    private void Check(JsonObject schema, JsonNode? value, string key, List<(string, string)> problems)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        if (schema["type"]?.GetValue<string>() is { } type && !Is(type, value, kind))
        {
            problems.Add((key, $"is {Show(value)}, not of type {type}"));
            return;
        }
        foreach (var (word, rule) in schema)
        {
            switch (word)
            {
                case "type" or "properties" or "additionalProperties":
                    break;
                case "required":
                    foreach (var name in rule!.AsArray().Select(n => n!.GetValue<string>()).Where(n => !value!.AsObject().ContainsKey(n))) problems.Add((Join(key, name), "is not there"));
                    break;
                case "items":
                    foreach (var (item, index) in value!.AsArray().Select((v, i) => (v, i))) Check(rule!.AsObject(), item, $"{key}[{index}]", problems);
                    break;
                case "enum":
                    if (!rule!.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value))) problems.Add((key, $"is {Show(value)}, not one of {rule.ToJsonString()}"));
                    break;
                case "pattern":
                    if (!Regex.IsMatch(value!.GetValue<string>(), rule!.GetValue<string>())) problems.Add((key, $"is {Show(value)}, not like {rule}"));
                    break;
                case "minLength" or "maxLength" or "minItems" or "minimum" or "maximum":
                    if (!IsWithin(word, value!, double.Parse(rule!.ToJsonString(), CultureInfo.InvariantCulture))) problems.Add((key, $"is {Show(value)}: {word} is {rule}"));
                    break;
                case "anyOf":
                    if (!rule!.AsArray().Any(one => new Schema(one!.AsObject(), isClosed).Check(value).Count == 0)) problems.Add((key, $"is {Show(value)}, which is none of what it may be"));
                    break;
                case "x-kubernetes-int-or-string":
                    break;
                default:
                    if (!Words.Contains(word)) throw new NotSupportedException($"The schema of '{key}' has '{word}', which is not looked at here.");
                    break;
            }
        }
        if (kind == JsonValueKind.Object) CheckProperties(schema, value!.AsObject(), key, problems);
    }

    private void CheckProperties(JsonObject schema, JsonObject value, string key, List<(string, string)> problems)
    {
        var listed = schema["properties"]?.AsObject();
        var others = schema["additionalProperties"];
        foreach (var (name, child) in value)
        {
            if (listed?[name] is JsonObject known) Check(known, child, Join(key, name), problems);
            else if (others is JsonObject any) Check(any, child, Join(key, name), problems);
            else if (others?.GetValueKind() == JsonValueKind.False || (others is null && listed is not null && isClosed)) problems.Add((Join(key, name), "is not a key that is known here"));
        }
    }

    private static bool Is(string type, JsonNode? value, JsonValueKind kind) => type switch
    {
        "object" => kind == JsonValueKind.Object,
        "array" => kind == JsonValueKind.Array,
        "string" => kind == JsonValueKind.String,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "integer" => kind == JsonValueKind.Number && long.TryParse(value!.ToJsonString(), CultureInfo.InvariantCulture, out _),
        "number" => kind == JsonValueKind.Number,
        _ => throw new NotSupportedException($"The type '{type}' is not looked at here."),
    };

    private static bool IsWithin(string word, JsonNode value, double limit) => word switch
    {
        "minLength" => value.GetValue<string>().Length >= limit,
        "maxLength" => value.GetValue<string>().Length <= limit,
        "minItems" => value.AsArray().Count >= limit,
        "minimum" => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) >= limit,
        _ => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) <= limit,
    };

    private static string Join(string key, string name) => key.Length == 0 ? name : $"{key}.{name}";

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "nothing";
}
