using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>The objects of a manifest: its documents, and the items of those that are lists.</summary>
internal sealed class ManifestObjects(SettingReader reader, ManifestNotes notes)
{
    /// <summary>The kind of the object that is looked for.</summary>
    public const string Kind = "SeldonDeployment";

    private const string NameSetting = "SELDON_DEPLOYMENT_ID";
    private const string NamespaceSetting = "POD_NAMESPACE";

    /// <summary>The documents that say something. A mistake of YAML or JSON is a problem.</summary>
    public IReadOnlyList<ManifestValue> Documents(string text)
    {
        var (documents, mistake) = ManifestParser.Parse(text);
        if (mistake is { } wrong)
        {
            var fix = text.Contains("{{", StringComparison.Ordinal) ? "it seems to be a template: give what 'helm template' makes of it" : "correct it there or just above";
            notes.Problem(wrong.Line, $"is not valid YAML or JSON: {wrong.What}", fix);
        }
        return [.. documents.Where(d => !d.IsEmpty)];
    }

    /// <summary>The SeldonDeployment: the only one, or the one that is chosen; null if there is none or it is not clear which, or another problem.</summary>
    public ManifestValue? FindDeployment(string text)
    {
        var found = Documents(text).SelectMany(d => Expand(d, null)).ToList();
        var deployments = found.Where(o => o.Kind == Kind).Select(o => o.Object).ToList();
        if (deployments.Count == 0)
        {
            if (notes.Problems.Count == 0)
                notes.Problem(1, $"holds no {Kind}{(found.Count == 0 ? "" : $", but {string.Join(", ", found.Select(o => KindOf(o.Kind)).Distinct().Take(10))}")}", $"name a file with a document of kind: {Kind}");
            return null;
        }
        if (Choose(deployments) is not { } chosen) return null;
        foreach (var (other, kind) in found.Where(o => o.Object != chosen))
            notes.HasNoEffect(other.Line, kind == Kind ? $"the {Kind} '{NameOf(other)}'" : KindOf(kind), kind == Kind ? $"'{NameOf(chosen)}' is chosen" : $"only a {Kind} is read");
        return chosen;
    }

    /// <summary>The only deployment, or by name, and by namespace where that is not enough.</summary>
    private ManifestValue? Choose(List<ManifestValue> deployments)
    {
        if (deployments.Count == 1) return deployments[0];
        var names = string.Join(", ", deployments.Take(10).Select(d => $"'{NameOf(d)}' (line {d.Line})"));
        if (reader.Text(NameSetting) is not { } name)
        {
            if (notes.Problems.Count == 0)
                notes.Problem(deployments[1].Line, $"holds {deployments.Count} of kind {Kind}, {names}", $"choose one by {NameSetting}, and start one process for each");
            return null;
        }
        var named = deployments.Where(d => NameOf(d) == name).ToList();
        if (named.Count > 1 && reader.Text(NamespaceSetting) is { } space) named = [.. named.Where(d => (MetadataOf(d, "namespace") ?? "default") == space)];
        if (named.Count == 1) return named[0];
        if (named.Count == 0)
            reader.Problem(NameSetting, $"is '{name}', but {notes.Source} holds {names}", "use one of these names, and if need be their namespace as POD_NAMESPACE");
        else
            reader.Problem(NamespaceSetting, $"leaves {named.Count} of the name '{name}' in {notes.Source}", "set it to the namespace of one, and give each another name or namespace");
        return null;
    }

    /// <summary>The objects of a document: itself, or the items of a list.</summary>
    private static IEnumerable<(ManifestValue Object, string? Kind)> Expand(ManifestValue value, string? kindOfItems)
    {
        var kind = TextOf(value, "kind") ?? kindOfItems;
        var isList = kind is "List" or $"{Kind}List";
        var items = isList && value.Members!.TryGetValue("items", out var member) ? member.Value.Items : null;
        return items is null || kindOfItems is not null ? [(value, kind)] : items.SelectMany(i => Expand(i, kind == "List" ? "" : Kind));
    }

    private static string KindOf(string? kind) => kind is null or "" ? "a document without kind" : kind.Length <= 100 ? $"the {kind}" : "a document of another kind";

    private static string NameOf(ManifestValue deployment) => MetadataOf(deployment, "name") ?? "";

    private static string? MetadataOf(ManifestValue deployment, string key) =>
        deployment.Members!.TryGetValue("metadata", out var metadata) ? TextOf(metadata.Value, key) : null;

    private static string? TextOf(ManifestValue value, string key) =>
        value.Members?.TryGetValue(key, out var member) == true && !member.Value.IsNull ? member.Value.Text : null;
}
