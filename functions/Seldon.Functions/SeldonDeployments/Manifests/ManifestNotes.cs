namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>Something of a manifest that has no effect here, and why.</summary>
/// <param name="Source">The file or setting.</param>
internal sealed record NotHonoured(string Source, int Line, string Feature, string Reason)
{
    public string Place => $"{Source}:{Line}";

    public override string ToString() => $"{Place} {Feature} has no effect here: {Reason}.";
}

/// <summary>Collects what is wrong with a manifest and what of it has no effect, each with its line. Not more than a person reads.</summary>
/// <param name="source">The file's path, or the setting that holds the text.</param>
internal sealed class ManifestNotes(string source)
{
    internal const int Most = 100;

    private readonly List<string> _problems = [];
    private readonly List<NotHonoured> _notHonoured = [];
    private int _left;

    public string Source => source;

    public IReadOnlyList<string> Problems => _left == 0 ? _problems : [.. _problems, $"{source} has {_left} more problems: fix these first."];

    public IReadOnlyList<NotHonoured> NotHonoured => _notHonoured;

    public string PlaceOf(int line) => $"{source}:{line}";

    public void Problem(int line, string what, string fix)
    {
        if (_problems.Count < Most) _problems.Add($"{PlaceOf(line)} {what}: {fix}.");
        else _left++;
    }

    public void HasNoEffect(int line, string feature, string reason)
    {
        if (_notHonoured.Count < Most) _notHonoured.Add(new NotHonoured(source, line, feature, reason));
    }
}
