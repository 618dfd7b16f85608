namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>The value of a setting that a manifest brings: it holds where nothing else sets it.</summary>
/// <param name="Name">What it is called there.</param>
/// <param name="Place">The file and the line.</param>
internal sealed record ManifestSetting(string Value, string Name, string Place)
{
    public override string ToString() => $"{Place} {Name}";
}
