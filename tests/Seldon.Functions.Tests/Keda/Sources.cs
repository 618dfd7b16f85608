using System.Diagnostics;
using System.Text.Json.Nodes;
using Seldon.Functions.Tests.House;

namespace Seldon.Functions.Tests.Keda;

/// <summary>A copy of <c>keda/</c> and <c>host.json</c> that a test may break, and its overlays as kustomize renders them.</summary>
internal sealed class Sources() : RepositoryCopy(
    Repository.Root, Directory.EnumerateFiles(Path.Combine(Repository.Root, "keda"), "*", SearchOption.AllDirectories).Append(Path.Combine(Repository.Root, "host.json")))
{
    /// <summary>What <c>kubectl kustomize</c> makes of a folder. Skips the test where there is no kubectl.</summary>
    public string Render(string folder)
    {
        var (code, text, errors) = Run("kubectl", "kustomize", Path.Combine(Folder, folder));
        Assert.True(code == 0, $"{folder} is not rendered: {errors}");
        return text;
    }

    /// <summary>The file that a key of an object comes from: the nearest, in the folder or in what it is built on, that names both.</summary>
    public string FileOf(string folder, string kind, string key)
    {
        var name = key.Split('.')[^1].Split('[')[0];
        var files = new List<string>();
        foreach (var at in BuiltOn(folder))
            files.AddRange(Directory.EnumerateFiles(Path.Combine(Folder, at), "*.yaml").Where(f => Says(f, kind)).Order(StringComparer.Ordinal).Select(f => $"{at}/{Path.GetFileName(f)}"));
        return files.Find(f => Read(f).Contains(name, StringComparison.Ordinal)) ?? files.FirstOrDefault() ?? $"{folder}/kustomization.yaml";
    }

    /// <summary>The sample of the Secret that a folder needs: its own, or that of what it is built on, components first.</summary>
    public string? SecretOf(string folder) => BuiltOn(folder).Select(f => $"{f}/secret.sample.yaml").FirstOrDefault(Has);

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

    private static bool Says(string file, string kind) => Path.GetFileName(file) != "secret.sample.yaml"
        && File.ReadLines(file).Any(l => l.Trim() == (kind == "ConfigMap" ? "configMapGenerator:" : $"kind: {kind}"));

    /// <summary>A folder, its components, and the same of what it is built on.</summary>
    private IEnumerable<string> BuiltOn(string folder)
    {
        var kustomization = StrictYaml.Parse(Read($"{folder}/kustomization.yaml"))[0];
        return [folder, .. Others("components"), .. Others("resources").SelectMany(BuiltOn)];

        IEnumerable<string> Others(string key) => (kustomization[key] as JsonArray ?? []).Select(r => r!.GetValue<string>()).Where(r => r.StartsWith("../", StringComparison.Ordinal))
            .Select(r => Path.GetRelativePath(Folder, Path.GetFullPath(Path.Combine(Folder, folder, r))).Replace('\\', '/'));
    }
}
