using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The program as a .NET tool: packed from what is built, and installed from a folder, without a network, into another one.</summary>
public sealed class ToolTests : IDisposable
{
    private const string Project = "functions/Seldon.Functions.Standalone";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly string Version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private readonly string _folder = Directory.CreateTempSubdirectory("tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PackedAndInstalled_ItIsOfItsVersionAndRunsWithItsNativeLibrary()
    {
        var feed = Path.Combine(_folder, "feed");
        var configuration = AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Release") ? "Release" : "Debug";
        await DotnetAsync("pack", Path.Combine(Repository.Root, Project), "--no-build", "-c", configuration, "-o", feed);
        AssertDescribed(Path.Combine(feed, $"seldon-functions.{Version}.nupkg"));
        var config = Path.Combine(_folder, "nuget.config");
        await File.WriteAllTextAsync(config, $"""<configuration><packageSources><clear /><add key="feed" value="{feed}" /></packageSources></configuration>""", TestContext.Current.CancellationToken);

        await DotnetAsync("tool", "install", "seldon-functions", "--tool-path", Path.Combine(_folder, "bin"), "--configfile", config);

        await AssertRunsAsync($"{Version}\n", "--version");
        // The embedded broker is librdkafka's.
        await AssertRunsAsync("\"lost\":0", "demo", "--json", "--records", "12");
    }

    private static void AssertDescribed(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        using var nuspec = zip.GetEntry("seldon-functions.nuspec")!.Open();
        var metadata = XDocument.Load(nuspec).Root!.Elements().First(e => e.Name.LocalName == "metadata").Elements().ToDictionary(e => e.Name.LocalName, e => e.Value);

        Assert.Equal((Version, "MIT", "README.md"), (metadata["version"], metadata["license"], metadata["readme"]));
        Assert.Contains("seldon-functions demo", metadata["description"], StringComparison.Ordinal);
        foreach (var file in (string[])["README.md", "tools/net10.0/any/runtimes/linux-x64/native/librdkafka.so", "tools/net10.0/any/runtimes/win-x64/native/librdkafka.dll", "tools/net10.0/any/runtimes/osx-arm64/native/librdkafka.dylib"])
            Assert.NotNull(zip.GetEntry(file));
        // Without the platforms that librdkafka is not there for, and without symbols.
        Assert.InRange(new FileInfo(package).Length, 50_000_000, 120_000_000);
    }

    private async Task AssertRunsAsync(string output, params string[] arguments)
    {
        using var tool = HostProcess.Start(Path.Combine(_folder, "bin", "seldon-functions"), arguments, [], _folder);
        Assert.Equal(0, await tool.ExitCodeAsync());
        Assert.Contains(output, tool.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // What the run of the tests says to builds is not for this one; and its tools are not those of the user.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_HOME"] = Path.Combine(_folder, "home");
        using var dotnet = Process.Start(start)!;
        var (output, errors) = (dotnet.StandardOutput.ReadToEndAsync(), dotnet.StandardError.ReadToEndAsync());
        await dotnet.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TimeProvider.System);
        Assert.True(dotnet.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {await output}{await errors}");
    }
}
