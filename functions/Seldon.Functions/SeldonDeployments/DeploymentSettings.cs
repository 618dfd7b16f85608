using Seldon.Functions.SeldonDeployments.Manifests;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Reads <c>SELDON_DEPLOYMENT</c>, a manifest's file, or <c>ENGINE_PREDICTOR</c>, a predictor as Seldon's operator hands it over.</summary>
internal static class DeploymentSettings
{
    public const string File = "SELDON_DEPLOYMENT";
    public const string Predictor = "ENGINE_PREDICTOR";

    /// <summary>The deployment, whose settings the reader has from now on; null if there is none or it has a problem.</summary>
    public static Deployment? Read(SettingReader reader)
    {
        var (path, base64) = (reader.Text(File), reader.Text(Predictor));
        if (path is not null && base64 is not null) reader.Problem(File, $"is set, and so is {Predictor}", "keep one of them");
        if ((path ?? base64) is null) return null;

        var notes = new ManifestNotes(path ?? Predictor);
        var manifest = new DeploymentReader(reader, notes);
        var deployment = path is not null
            ? ManifestText.OfFile(reader, File, path, notes) is { } text ? manifest.ReadManifest(text) : null
            : ManifestText.OfBase64(reader, Predictor, base64!, notes) is { } json ? manifest.ReadPredictor(json) : null;
        reader.Add(notes);
        foreach (var (setting, value) in deployment?.Predictor.Environment ?? new Dictionary<string, ManifestSetting>()) reader.SetFallback(setting, value);
        return deployment;
    }
}
