using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The Bicep CLI that infra/bicep.proj restores. Where it is not there, the test is skipped and says how to get it.</summary>
internal sealed class BicepCli
{
    private readonly string _path;

    private BicepCli(string path) => _path = path;

    public static BicepCli Find()
    {
        var version = XDocument.Load(Path.Combine(Template.OfTheRepository.Folder, "bicep.proj")).Descendants("BicepVersion").Single().Value;
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var platform = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var package = $"azure.bicep.commandline.{platform}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        var path = Path.Combine(packages, package, version, "tools", OperatingSystem.IsWindows() ? "bicep.exe" : "bicep");
        if (!File.Exists(path)) Assert.Skip($"There is no Bicep CLI {version} among NuGet's packages: dotnet restore infra/bicep.proj");
        return new BicepCli(path);
    }

    /// <summary>Runs it in a folder. It knows nothing of this machine's environment but what the parameters for azd need.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("KAFKA_", StringComparison.Ordinal) || n.StartsWith("MODEL_", StringComparison.Ordinal) || n.StartsWith("SELDON_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("AZURE_ENV_NAME", "test"), ("AZURE_LOCATION", "westeurope"), ("MODEL_NAME", "m")])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);
        return (process.ExitCode, await output, await errors);
    }
}
