namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>A value of a manifest and the line where it stands: a scalar, a list, or a mapping. Immutable; aliases share it.</summary>
internal sealed class ManifestValue
{
    private static readonly string[] Nulls = ["", "~", "null", "Null", "NULL"];

    private ManifestValue(int line, string? text, bool isPlain, IReadOnlyList<ManifestValue>? items, IReadOnlyDictionary<string, ManifestMember>? members)
    {
        (Line, Text, Items, Members) = (line, text, items, members);
        IsNull = text is not null && isPlain && Nulls.Contains(text);
        // Aliases count with all that they bring: that is what a walk would meet. Beyond an int there is no need to count.
        var inside = (items ?? []).Sum(i => (long)i.Size) + (members?.Values ?? []).Sum(m => (long)m.Value.Size);
        Size = (int)Math.Min(int.MaxValue, 1 + inside);
    }

    public int Line { get; }

    /// <summary>A scalar as it is written; null for a list or a mapping.</summary>
    public string? Text { get; }

    /// <summary>Null if it is no list.</summary>
    public IReadOnlyList<ManifestValue>? Items { get; }

    /// <summary>Null if it is no mapping.</summary>
    public IReadOnlyDictionary<string, ManifestMember>? Members { get; }

    /// <summary>How many values a walk through it would meet.</summary>
    public int Size { get; }

    public bool IsNull { get; }

    /// <summary>Whether it says nothing: null, or nothing in it. Kubernetes' tools write such values for what is not set.</summary>
    public bool IsEmpty => IsNull || Text == "" || Items?.Count == 0 || Members?.Count == 0;

    public string Kind => Items is not null ? "a list" : Members is not null ? "a mapping" : IsNull ? "null" : "a single value";

    public static ManifestValue Scalar(int line, string text, bool isPlain) => new(line, text, isPlain, null, null);

    public static ManifestValue List(int line, IReadOnlyList<ManifestValue> items) => new(line, null, false, items, null);

    public static ManifestValue Mapping(int line, IReadOnlyDictionary<string, ManifestMember> members) => new(line, null, false, null, members);
}

/// <summary>A value of a mapping, and the line of its key.</summary>
internal readonly record struct ManifestMember(int Line, ManifestValue Value);
