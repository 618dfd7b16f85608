using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.Settings;

/// <summary>Where the value of a setting comes from.</summary>
/// <param name="FromManifest">The place in the manifest; null if it is set outside of one.</param>
/// <param name="InsteadOf">The place in the manifest whose value it takes the place of, if any.</param>
internal sealed record SettingSource(string Name, ManifestSetting? FromManifest, ManifestSetting? InsteadOf);
