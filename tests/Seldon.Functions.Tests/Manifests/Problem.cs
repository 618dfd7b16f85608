namespace Seldon.Functions.Tests.Manifests;

/// <summary>A mistake in a manifest.</summary>
/// <param name="Folder">What was rendered.</param>
/// <param name="Kind">The kind of the object, whose file is then looked up.</param>
/// <param name="Key">Where in it.</param>
/// <param name="Text">What is wrong.</param>
internal sealed record Problem(string Folder, string Kind, string Key, string Text)
{
    public string Say(Sources sources) => $"{sources.FileOf(Folder, Kind, Key)} (in {Folder}): {Kind} {Key} {Text}.";
}
