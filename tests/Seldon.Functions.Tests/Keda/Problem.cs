namespace Seldon.Functions.Tests.Keda;

/// <summary>A mistake in a manifest.</summary>
/// <param name="Folder">What was rendered.</param>
/// <param name="Kind">The kind of the object, whose file is then looked up.</param>
/// <param name="Key">Where in it.</param>
/// <param name="Text">What is wrong.</param>
internal sealed record Problem(string Folder, string Kind, string Key, string Text)
{
    /// <summary>All mistakes in a folder, as they are said.</summary>
    public static IReadOnlyList<string> AllIn(Sources sources, string folder)
    {
        var overlay = Overlay.Read(sources, folder);
        return [.. ObjectCheck.Check(overlay).Concat(ScalingCheck.Check(overlay)).Select(p => p.Say(sources))];
    }

    public string Say(Sources sources) => $"{sources.FileOf(Folder, Kind, Key)} (in {Folder}): {Kind} {Key} {Text}.";
}
