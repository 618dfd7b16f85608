using System.Text;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>A manifest in a file of its own for a moment, and what the settings make of it.</summary>
internal sealed class ManifestFile : IDisposable
{
    public ManifestFile(string text) : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public ManifestFile(byte[] bytes) => File.WriteAllBytes(Path, bytes);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{Guid.NewGuid():N}.yaml");

    /// <summary>What the settings are with this manifest and nothing else but these.</summary>
    public static ProcessorSettings Read(string text, params (string Name, string? Value)[] settings)
    {
        using var file = new ManifestFile(text);
        return file.Read(settings);
    }

    /// <summary>The same of a predictor as Seldon's operator hands it over.</summary>
    public static ProcessorSettings ReadPredictor(string json, params (string Name, string? Value)[] settings) =>
        ReadSettings([("ENGINE_PREDICTOR", Convert.ToBase64String(Encoding.UTF8.GetBytes(json))), ("SELDON_DEPLOYMENT_ID", "d"), .. settings]);

    /// <summary>The settings, without any that the host's own pod would bring.</summary>
    public static ProcessorSettings ReadSettings(params (string Name, string? Value)[] settings) => ProcessorSettings.Read(Configuration(settings));

    public static IConfiguration Configuration(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>();
        foreach (var (name, value) in settings) all[name] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(all).Build();
    }

    public ProcessorSettings Read(params (string Name, string? Value)[] settings) => ReadSettings([("SELDON_DEPLOYMENT", Path), .. settings]);

    public ProcessorSettings ReadAndDelete()
    {
        using (this) return Read();
    }

    /// <summary>The problems as if the file were <c>m.yaml</c>.</summary>
    public static IReadOnlyList<string> ProblemsOf(string text, params (string Name, string? Value)[] settings)
    {
        using var file = new ManifestFile(text);
        return [.. file.Read(settings).Problems.Select(p => p.Replace(file.Path, "m.yaml", StringComparison.Ordinal))];
    }

    /// <summary>The warnings as if the file were <c>m.yaml</c>.</summary>
    public static IReadOnlyList<string> WarningsOf(string text, params (string Name, string? Value)[] settings)
    {
        using var file = new ManifestFile(text);
        var read = file.Read(settings);
        Assert.Empty(read.Problems);
        return [.. read.Warnings.Select(w => w.Replace(file.Path, "m.yaml", StringComparison.Ordinal))];
    }

    public void Dispose() => File.Delete(Path);
}
