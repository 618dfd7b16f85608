using System.Diagnostics;
using System.Text.RegularExpressions;
using Seldon.Functions.Tests.House;

namespace Seldon.Functions.Tests.App;

/// <summary>
/// The app's own project built and published as users do it, in a folder of its own, with the worker's SDK and all that it generates. The
/// two packages that not every registry has are packed there; its packages go to a folder there, too, and nothing outlives it.
/// </summary>
public sealed partial class GenuineBuild : IAsyncLifetime
{
    private const string App = "functions/Seldon.Functions.App";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    private readonly Copy _copy = new();

    /// <summary>Where <c>func start</c> builds to.</summary>
    public string BuildOutput => Path.Combine(_copy.Folder, App, "bin", "output");

    public string PublishOutput => Path.Combine(_copy.Folder, "publish");

    public async ValueTask InitializeAsync()
    {
        _copy.Write("nuget.config", NuGetConfig(await DotnetAsync(".", "nuget", "list", "source")));
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props"]) _copy.Write($"webjobs/{file}", "<Project />");
        _copy.Write("webjobs/WebJobs.csproj", WebJobsProject);
        _copy.Write("webjobs/Startup.cs", WebJobsStartup);
        _copy.Write("local.settings.json", """{"IsEncrypted":false,"Values":{}}""");
        await DotnetAsync(".", "pack", "webjobs", "-o", "feed");
        await DotnetAsync(".", "pack", "tests/Seldon.Functions.KafkaExtension", "-o", "feed");
        await DotnetAsync(App, "build", "--output", "bin/output");
        await DotnetAsync(".", "publish", App, "-c", "Release", "-p:ReadyToRunFor=linux-x64", "-o", "publish");
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = Path.Combine(_copy.Folder, folder),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the run of the tests says to builds is not for this one.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_copy.Folder, "packages");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TimeProvider.System);
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {await output}{await errors}");
        return await output;
    }

    /// <summary>The two packages come from here, and here alone, also where others have them; all else comes from where it always does.</summary>
    private static string NuGetConfig(string sources)
    {
        var others = string.Join('\n', Source().Matches(sources).Select(m => $"""<packageSource key="{m.Groups[1].Value}"><package pattern="*" /></packageSource>"""));
        return $"""
            <configuration>
              <packageSources><add key="feed" value="feed" /></packageSources>
              <packageSourceMapping>
                <packageSource key="feed">
                  <package pattern="Microsoft.Azure.Functions.Worker.Extensions.Kafka" />
                  <package pattern="Microsoft.Azure.WebJobs.Extensions.Kafka" />
                </packageSource>
                {others}
              </packageSourceMapping>
            </configuration>
            """;
    }

    [GeneratedRegex(@"^\s*\d+\.\s+(.+) \[Enabled\]", RegexOptions.Multiline)]
    private static partial Regex Source();

    /// <summary>The host's extension as far as builds see it: what it is called, what starts it, and a native library.</summary>
    private static readonly string WebJobsProject = $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>netstandard2.0</TargetFramework>
            <AssemblyName>Microsoft.Azure.WebJobs.Extensions.Kafka</AssemblyName>
            <Version>4.3.2</Version>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Confluent.Kafka" Version="{typeof(Confluent.Kafka.Ignore).Assembly.GetName().Version!.ToString(3)}" />
            <PackageReference Include="Microsoft.Azure.WebJobs" Version="3.0.44" />
          </ItemGroup>
        </Project>
        """;

    private const string WebJobsStartup = """
        using Microsoft.Azure.WebJobs;
        using Microsoft.Azure.WebJobs.Hosting;

        [assembly: WebJobsStartup(typeof(Microsoft.Azure.WebJobs.Extensions.Kafka.KafkaWebJobsStartup), "Kafka")]

        namespace Microsoft.Azure.WebJobs.Extensions.Kafka
        {
            public class KafkaWebJobsStartup : IWebJobsStartup
            {
                public void Configure(IWebJobsBuilder builder)
                {
                }
            }
        }
        """;

    /// <summary>What the app is built of, and the types of its extension.</summary>
    private sealed class Copy() : RepositoryCopy(Repository.Root, Files())
    {
        private static IEnumerable<string> Files()
        {
            string[] projects = ["functions", "tests/Seldon.Functions.KafkaExtension"];
            return Directory.EnumerateFiles(Repository.Root)
                .Where(f => Path.GetExtension(f) is ".props" or ".json" or ".txt" || Path.GetFileName(f) == ".editorconfig")
                .Where(f => Path.GetFileName(f) != "local.settings.json")
                .Concat(projects.SelectMany(p => Directory.EnumerateFiles(Path.Combine(Repository.Root, p), "*", SearchOption.AllDirectories)))
                .Where(f => !Path.GetRelativePath(Repository.Root, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
        }
    }
}
