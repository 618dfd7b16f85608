namespace Seldon.Functions.Graph;

/// <summary>The objects of a manifest: its documents, and the items of those that are lists.</summary>
internal sealed class ManifestObjects(ManifestNotes notes)
{
    /// <summary>The kind of the object that is looked for.</summary>
    public const string Kind = "SeldonDeployment";

    /// <summary>The documents that say something. A mistake of YAML or JSON is a problem.</summary>
    public IReadOnlyList<ManifestValue> Documents(string text)
    {
        var (documents, mistake) = ManifestParser.Parse(text);
        if (mistake is { } wrong) notes.Problem(wrong.Line, $"is not right as YAML or JSON: {wrong.What}", "mend it there, or just above");
        return [.. documents.Where(d => !d.IsEmpty)];
    }

    /// <summary>The one SeldonDeployment; null if there is none or more than one, or another problem.</summary>
    public ManifestValue? FindDeployment(string text)
    {
        var found = Documents(text).SelectMany(d => Expand(d, null)).ToList();
        var deployments = found.Where(o => o.Kind == Kind).Select(o => o.Object).ToList();
        if (deployments.Count == 1)
        {
            foreach (var (other, kind) in found.Where(o => o.Kind != Kind)) notes.HasNoEffect(other.Line, KindOf(kind), $"only a {Kind} is read");
            return deployments[0];
        }
        if (notes.Problems.Count > 0) return null;
        if (deployments.Count == 0)
            notes.Problem(1, $"holds no {Kind}{(found.Count == 0 ? "" : $", but {string.Join(", ", found.Select(o => KindOf(o.Kind)).Distinct().Take(10))}")}", $"name a file with a document of kind: {Kind}");
        else
            notes.Problem(deployments[1].Line, $"holds {deployments.Count} of kind {Kind}, {string.Join(", ", deployments.Take(10).Select(d => $"'{NameOf(d)}' (line {d.Line})"))}", "keep each in a file of its own, and start one process for each");
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

    private static string NameOf(ManifestValue deployment) =>
        deployment.Members!.TryGetValue("metadata", out var metadata) ? TextOf(metadata.Value, "name") ?? "" : "";

    private static string? TextOf(ManifestValue value, string key) =>
        value.Members?.TryGetValue(key, out var member) == true && !member.Value.IsNull ? member.Value.Text : null;
}
