using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.Manifests;

/// <summary>A copy of <c>keda/</c> and <c>host.json</c> that a test may break, and its overlays as kustomize renders them.</summary>
internal sealed class Sources : IDisposable
{
    /// <summary>Where the repository lies.</summary>
    public static readonly string Root = FindRoot();

    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("keda-");

    public Sources()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, "keda"), "*", SearchOption.AllDirectories).Append(Path.Combine(Root, "host.json")))
        {
            var target = Path.Combine(_copy.FullName, Path.GetRelativePath(Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Replaces a text, which must be there, in a file.</summary>
    public void Edit(string file, string from, string to)
    {
        var path = Path.Combine(_copy.FullName, file);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Delete(string file) => File.Delete(Path.Combine(_copy.FullName, file));

    public void Write(string file, string text)
    {
        var path = Path.Combine(_copy.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public string Read(string file) => File.ReadAllText(Path.Combine(_copy.FullName, file));

    public bool Has(string file) => File.Exists(Path.Combine(_copy.FullName, file));

    /// <summary>What <c>kubectl kustomize</c> makes of a folder. Skips the test where there is no kubectl.</summary>
    public string Render(string folder)
    {
        var (code, text, errors) = Run("kubectl", "kustomize", Path.Combine(_copy.FullName, folder));
        Assert.True(code == 0, $"{folder} is not rendered: {errors}");
        return text;
    }

    /// <summary>The file that a key of an object comes from: the nearest, in the folder or in what it is built on, that names both.</summary>
    public string FileOf(string folder, string kind, string key)
    {
        var name = key.Split('.')[^1].Split('[')[0];
        var files = new List<string>();
        for (var at = folder; at is not null; at = Parent(at))
            files.AddRange(Directory.EnumerateFiles(Path.Combine(_copy.FullName, at), "*.yaml").Where(f => Says(f, kind)).Order(StringComparer.Ordinal).Select(f => $"{at}/{Path.GetFileName(f)}"));
        return files.Find(f => Read(f).Contains(name, StringComparison.Ordinal)) ?? files.FirstOrDefault() ?? $"{folder}/kustomization.yaml";
    }

    /// <summary>The sample of the Secret that a folder needs: its own, or that of what it is built on.</summary>
    public string? SecretOf(string folder)
    {
        for (var at = folder; at is not null; at = Parent(at))
        {
            if (Has($"{at}/secret.sample.yaml")) return $"{at}/secret.sample.yaml";
        }
        return null;
    }

    /// <summary>Runs a program to its end. Skips the test where there is none of that name.</summary>
    public static (int Code, string Output, string Errors) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"There is no {program} on this machine.");
            throw;
        }
    }

    public void Dispose() => _copy.Delete(recursive: true);

    private static bool Says(string file, string kind) => Path.GetFileName(file) != "secret.sample.yaml"
        && File.ReadLines(file).Any(l => l.Trim() == (kind == "ConfigMap" ? "configMapGenerator:" : $"kind: {kind}"));

    private string? Parent(string folder)
    {
        var resources = StrictYaml.Parse(Read($"{folder}/kustomization.yaml"))[0]["resources"] as JsonArray;
        var parent = resources?.Select(r => r!.GetValue<string>()).FirstOrDefault(r => r.StartsWith("../", StringComparison.Ordinal));
        return parent is null ? null : Path.GetRelativePath(_copy.FullName, Path.GetFullPath(Path.Combine(_copy.FullName, folder, parent))).Replace('\\', '/');
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Seldon.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no Seldon.Functions.sln above {AppContext.BaseDirectory}.");
    }
}
