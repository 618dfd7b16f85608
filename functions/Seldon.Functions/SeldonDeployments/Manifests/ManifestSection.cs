using System.Globalization;

namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>A mapping of a manifest whose keys are asked for one by one; in the end those that nobody asked for are named.</summary>
/// <param name="what">What it is, for messages: <c>spec</c>, <c>predictor 'model'</c>.</param>
internal sealed class ManifestSection(ManifestValue value, string what, ManifestNotes notes)
{
    private readonly HashSet<string> _asked = [];

    public int Line => value.Line;

    public string What => what;

    public ManifestValue Itself => value;

    /// <summary>Null if the value is no mapping, which is a problem unless it is empty.</summary>
    public static ManifestSection? Of(ManifestValue value, string what, ManifestNotes notes)
    {
        if (value.Members is not null) return new ManifestSection(value, what, notes);
        if (!value.IsEmpty) notes.Problem(value.Line, $"{what} is {value.Kind}", "make it a mapping");
        return null;
    }

    /// <summary>The value of the key, unless there is none or it is empty.</summary>
    public ManifestValue? Value(string key)
    {
        _asked.Add(key);
        return value.Members!.TryGetValue(key, out var member) && !member.Value.IsEmpty ? member.Value : null;
    }

    /// <summary>Whether the key stands there with something other than null.</summary>
    public bool Has(string key) => value.Members!.TryGetValue(key, out var member) && !member.Value.IsNull;

    /// <summary>The line of the key, or of the mapping without it.</summary>
    public int LineOf(string key) => value.Members!.TryGetValue(key, out var member) ? member.Line : Line;

    public string? Text(string key)
    {
        if (Value(key) is not { } found) return null;
        if (found.Text is null) notes.Problem(found.Line, $"{key} of {what} is {found.Kind}", "make it a single value");
        return found.Text?.Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>One of the words, exactly; another is a problem.</summary>
    public string? Word(string key, params IReadOnlyList<string> words)
    {
        if (Text(key) is not { } text) return null;
        if (words.Contains(text)) return text;
        notes.Problem(LineOf(key), $"{key} of {what} is '{text}'", $"use one of {string.Join(", ", words)}");
        return null;
    }

    /// <summary>A whole number; 0 is what Kubernetes' tools write for none.</summary>
    public int? Number(string key, int most)
    {
        if (Text(key) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most && text is "0" or not ['0', ..]) return number == 0 ? null : number;
        notes.Problem(LineOf(key), $"{key} of {what} is '{text}'", $"use a whole number from 1 to {most}");
        return null;
    }

    public ManifestSection? Section(string key, string itsName) => Value(key) is { } found ? Of(found, itsName, notes) : null;

    public IReadOnlyList<ManifestValue> List(string key)
    {
        if (Value(key) is not { } found) return [];
        if (found.Items is null) notes.Problem(found.Line, $"{key} of {what} is {found.Kind}", "make it a list");
        return found.Items ?? [];
    }

    /// <summary>The items of the list that are mappings; others are problems.</summary>
    public IEnumerable<ManifestSection> Sections(string key, string itsName) => List(key).Select(i => Of(i, itsName, notes)).OfType<ManifestSection>();

    /// <summary>Keys and texts of a mapping of texts, with their lines.</summary>
    public IEnumerable<(string Key, string Text, int Line)> Texts(string key)
    {
        foreach (var (name, member) in Section(key, $"{key} of {what}")?.Members ?? [])
        {
            if (member.Value.Text is { } text) yield return (name, text, member.Line);
            else notes.Problem(member.Line, $"{name} in {key} of {what} is {member.Value.Kind}", "make it a single value");
        }
    }

    /// <summary>The key may stand there, and there is nothing to say about it.</summary>
    public void PassOver(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys) _asked.Add(key);
    }

    /// <summary>The key has no effect, which is said if it is set.</summary>
    public void HasNoEffect(string key, string reason)
    {
        if (Value(key) is not null) notes.HasNoEffect(LineOf(key), $"{key} of {what}", reason);
    }

    /// <summary>Names the keys that nobody has asked for.</summary>
    public void NameTheRest()
    {
        foreach (var (key, member) in value.Members!.Where(m => !_asked.Contains(m.Key)))
            notes.HasNoEffect(member.Line, $"'{(key.Length <= 100 ? key : key[..100])}' of {what}", "it is no key that a SeldonDeployment has there");
    }

    private IEnumerable<KeyValuePair<string, ManifestMember>> Members => value.Members!;
}
